/* Constant conditions are decided here, and dead code is not lowered. */
#define OFF 0
#define PLACEHOLDER_1 0,
#define SECOND(ignored, value, ...) value
#define DEFINED_(x) SECOND(x 1, 0)
#define DEFINED__(x) DEFINED_(PLACEHOLDER_##x)
#define is_defined(x) DEFINED__(x)
#define FEATURE 1
int never(void);
int always(void);

int f(int a)
{
	if (is_defined(MISSING))
		return never();
	if (is_defined(FEATURE) && a)
		always();
	if (sizeof(a) == 8 || 2 + 2 == 5)
		never();
	while (0)
		never();
	do {
		always();
	} while (0);
	switch (sizeof(long)) {
	case 4:
		return never();
	case 8:
		return always();
	}
	return never();
}

int label_in_dead_branch(int a)
{
	if (a)
		goto inside;
	if (0) {
inside:
		return always();
	}
	return 2;
}
