/* Narrowing keeps a cast; widening and pointer conversions do not. */
int f(long wide, unsigned char narrow, void *p, _Bool flag)
{
	unsigned short half = wide;
	unsigned u = narrow;
	long back = (long)p;
	int *q = p;
	_Bool truth = wide;

	u = (unsigned)wide;
	half = (unsigned char)u;
	flag = half > 3;
	return (int)back + *q + (signed char)200 + truth + (int)(unsigned char)(p != 0);
}
