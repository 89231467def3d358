/* Operators, folding, signedness, increments, compound assignment, comma. */
unsigned f(int a, unsigned b, unsigned char c, long d)
{
	unsigned r = (a + 1) * 2 - -3;

	r <<= 2;
	r |= b >> 1;
	a >>= 1;
	c += a;
	c++;
	d -= c--;
	r = a < (int)b ? ~r : r % 3;
	r = b < 4, r ^ 1;
	a = b = c;
	return r + ++a + (3 * 4 == 12) + (7 & ~2u) + (a == -1) + (d / 2 > a);
}
