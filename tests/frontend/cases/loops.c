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
