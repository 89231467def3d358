/* Designators, nesting, ranges, brace elision, zero fill, compound literals, strings. */
struct point { int x, y; };
struct shape { struct point at; struct point many[2]; unsigned char name[4]; int last; };
void use(struct point *p);

int f(int a)
{
	struct shape full = { { 1, 2 }, { { 3 }, { .y = 4 } }, "ab", 5 };
	struct shape flat = { 1, 2, 3, 4, 5, 6, { 7 }, 8 };
	struct shape named = { .many[1].y = a, .last = 9, .at = { .y = 2 } };
	struct point copies[] = { [1] = { .x = a }, { 5, 6 } };
	int table[6] = { [1 ... 2] = 7, 8, [5] = a };
	struct point zero = {};
	int scalar = { 3 };

	use(&(struct point){ .y = a });
	zero = (struct point){ 1, 2 };
	return full.last + flat.last + named.last + copies[2].x + table[0] + zero.x + scalar;
}
