/* Statement expressions: the value of the last statement; gotos out of them. */
#define min(x, y) ({ __typeof__(x) _x = (x); __typeof__(y) _y = (y); _x < _y ? _x : _y; })
#define once(x) ({ int t = g(x); if (t < 0) goto fail; t; })
struct pair { int a, b; };
int g(int);

int f(int a, int b)
{
	struct pair s = ({ struct pair inner = { a, b }; inner; });
	int r = min(a, g(b));

	r += once(s.a);
	({ g(1); });
	return r;
fail:
	return -1;
}
