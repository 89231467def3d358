/* && and || are control flow; !!, parentheses and hints vanish from conditions. */
#define likely(x) __builtin_expect(!!(x), 1)
int g(void);

int f(int a, int b, unsigned char c)
{
	int both;

	if (likely(a > 3 && !(b || c)))
		return 1;
	if (!!(a & 4) != 0)
		return 2;
	both = a && g();
	if ((a, b) || (unsigned char)a)
		both = !c;
	while (a-- && b)
		b--;
	return both ? 7 : !a;
}
