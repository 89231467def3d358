/* goto forwards, backwards and into a block; computed goto. */
int g(int);

int f(int a)
{
again:
	if (g(a))
		goto out;
	if (a > 5) {
		a--;
		goto again;
	}
	goto inside;
	{
		a = 100;
inside:
		a++;
	}
out:
	return a;
}

int computed(int a)
{
	void *table[2] = { &&one, &&two };

	goto *table[a];
one:
	return 1;
two:
	return 2;
}
