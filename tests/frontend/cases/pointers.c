/* Pointer arithmetic is element addresses; differences are divided. */
struct item { int a; long b; };

long f(struct item *p, void *v, int i, char text[])
{
	struct item table[4];
	struct item *q = p + 2;
	int *last = &table[3].a;

	p++;
	q -= i;
	v += 14;
	*last = (q - p) + (p < q);
	text[i] = *text;
	*(short *)(v + i) = 1;
	2[table].a = (&table[0])->a;
	return ((struct item *)0 == p) + !v + (long)&((struct item *)0)->b;
}
