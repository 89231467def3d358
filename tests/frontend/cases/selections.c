/* ?: of scalars and records, GNU a ?: b, choose_expr, _Generic, types_compatible. */
struct pair { int a, b; };
int g(void);

int f(int x, struct pair *p, struct pair *q)
{
	struct pair s = x ? *p : *q;
	int y = g() ?: 4;
	long wide = x ?: 7L;

	x ? g() : (void)0;
	y += __builtin_choose_expr(1, x, s.a);
	y += __builtin_choose_expr(0, x, s.b);
	y += _Generic(x, long: 1, int: x, default: 2);
	y += __builtin_types_compatible_p(int, long);
	y += __builtin_types_compatible_p(int, int);
	return 0 ? y : y + wide;
}
