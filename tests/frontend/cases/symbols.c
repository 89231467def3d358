/* Enumerators and literals that an object-like macro spells keep their names. */
#define PLAIN 7
#define HEX 0x10u
#define CAST ((unsigned char)3)
#define NEGATIVE (-5)
#define ALIAS PLAIN
#define COMPUTED (1 << 4)
#define SECONDS(n) ((n) * 1000)
#define TIMEOUT SECONDS(60)
#define WRAPPED(x) use(x, HEX)
enum reason { FIRST, SECOND = 9 };
int use(int a, unsigned b);

int f(int a, enum reason r)
{
	use(ALIAS, HEX);
	use(CAST, COMPUTED);
	use(TIMEOUT, ON_COMMAND_LINE);
	WRAPPED(PLAIN);
	if (r == SECOND)
		return NEGATIVE;
	return -PLAIN + 12;
}
