/* for with all combinations of parts, while, do, break and continue. */
int g(int);

int f(int n)
{
	int i, total = 0;

	for (i = 0; i < n; i++) {
		if (i == 3)
			continue;
		if (i == 5)
			break;
		total += i;
	}
	for (; n; )
		n = g(n);
	for (;; n++)
		if (g(n))
			break;
	for (int j = 9; j; )
		j = g(j);
	do {
		if (g(total))
			continue;
		total--;
	} while (total > 0);
	return total;
}

/* A few elements: the turns are written out before the loop. */
void copies(unsigned char *to, const unsigned char *from)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		to[i] = from[i];
	for (i = 0; i < 2; i++)
		to[i] = g(from[i]);
	for (i = 0; i < 17; i++)
		to[i] = from[i];
}
