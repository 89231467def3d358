/*
 * Functions whose results are known: what a native build of this file returns. Every function
 * takes and returns long, so that narrower arithmetic happens inside.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed char s8;
struct pair { int a; short b; };
struct bits { u32 a : 3; int b : 5; u32 c : 20; u8 d; };
union both { u32 word; u8 byte[4]; struct { u16 low, high; }; };
enum color { RED, GREEN = 5, BLUE };

static int twice(int x) { return x * 2; }
static int minus(int x) { return -x; }
static struct pair make(int a, int b) { struct pair p = { a, b }; return p; }
static int sum(struct pair p) { p.a += p.b; return p.a; }
static void bump(int *p) { ++*p; }
static int (*const table[])(int) = { twice, minus, [3] = twice };
static const struct pair constants[] = { { 1, -2 }, { .b = 7 }, [4] = { 5, 6 } };
static int counter = 100;

/* expect: 0 0, 1 1, 255 -1, 300 44, -1 -1 */
long narrowing(long x) { return (s8)x; }

/* expect: 0 0, 200 200, -1 255, 511 255 */
long unsigned_narrowing(long x) { u8 b = x; return b; }

/* expect: -1 4294967295, 5 5 */
long sign_change(long x) { int i = x; u32 u = i; return u; }

/* expect: -8 2147483644, 8 4 */
long shifts(long x) { return (u32)x >> 1; }

/* expect: -8 -4, 7 3 */
long arithmetic_shift(long x) { int i = x; i >>= 1; return i; }

/* expect: -7 -3001, 7 3001, 0 0 */
long division(long x) { int i = x; return i / 2 * 1000 + i % 2; }

/* expect: -1 0, 1 1 */
long mixed_compare(long x) { int i = x; u32 limit = 10; return i < limit; }

/* expect: -1 1, 20 0 */
long promoted_compare(long x) { s8 i = x; u8 limit = 10; return i < limit; }

/* expect: 250 4, 3 13 */
long wrapping_add(long x) { u8 b = x; b += 10; return b; }

/* expect: 0 255, 1 0 */
long wrapping_decrement(long x) { u8 b = x; b--; return b; }

/* expect: 5 65, 0 10 */
long steps(long x) { int i = x; int a = i++ * 10; int b = ++i; return a + b - i + (i - 2) * 3 + 10 * !x; }

/* expect: 0 4, 1 3, -5 1 */
long logic(long x) { int n = 0; if (x >= 0 && ++n && (x || n++)) n += 2; else n += 1; return n; }

/* expect: 0 0, 2 1, 3 0, 8 1 */
long logic_value(long x) { int r = x && !(x & 1); return r; }

/* expect: 0 45, 3 36, 20 0 */
long for_loop(long x) { long s = 0; for (int i = x; i < 10; i++) { if (i == 4 && x) continue; if (i > 11) break; s += i; } return s - (x == 3 ? 2 : 0); }

/* expect: 5 120, 0 1, 1 1 */
long while_loop(long x) { long r = 1; while (x > 1) r *= x--; return r; }

/* expect: 1 1, 5 3, 0 1 */
long do_loop(long x) { int n = 0; do { n++; x -= 2; } while (x > 0); return n; }

/* expect: 0 9, 1 3, 2 2, 5 50, 7 50, 9 9, 11 60 */
long switches(long x) { int r = 0; switch (x) { case 1: r = 1; case 2: r += 2; break; default: r = 9; break; case 5 ... 8: return 50; case 11: r = 60; } return r; }

/* expect: 0 0, 1 1, 5 5, 8 8, 13 13 */
long duff(long x) { long count = x, n = 0, turns = (x + 3) / 4; if (!x) return 0; switch (count % 4) { case 0: do { n++; case 3: n++; case 2: n++; case 1: n++; } while (--turns > 0); } return n; }

/* expect: 0 100, 3 103, 10 10 */
long gotos(long x) { if (x > 5) goto out; goto inside; { x = 50; inside: x += 100; } out: return x; }

/* expect: 0 3, 1 2, 2 1, 3 0 */
long backward(long x) { int n = 0; again: if (x < 3) { x++; n++; goto again; } return n; }

/* expect: 3 7, 0 4 */
long elvis(long x) { int i = x; return (i ?: 1) + (i == 3) * 1 + 3; }

/* expect: 1 11, 0 20 */
long conditional(long x) { struct pair p = { 10, 1 }, q = { 20, 0 }, r = x ? p : q; return r.a + r.b; }

/* expect: 5 13, 0 3 */
long records(long x) { struct pair p = make(x, 3), q; q = p; q.a += p.a; return sum(q) ; }

/* expect: 5 8, -3 0 */
long by_value(long x) { struct pair p = make(x, 3); int total = sum(p); return total + p.a - (int)x; }

/* expect: 9 10 */
long out_parameter(long x) { int i = x; bump(&i); return i; }

/* expect: 0 4, 1 -2, 3 4 */
long function_table(long x) { return table[x](2); }

/* expect: 0 -1, 1 7, 2 0, 4 11 */
long constant_table(long x) { return constants[x].a + constants[x].b; }

/* expect: 1 101, 2 103 */
long globals(long x) { counter += x; return counter; }

/* expect: 0 1, 0 2, 5 3 */
long statics(long x) { static int calls; return ++calls + 0 * x; }

/* expect: 0 0, 9 1000001, 12 1004004, -1 7031007 */
long bit_fields(long x) { struct bits s = { .a = x, .c = 1 }; s.b = x; return s.a + (long)(u8)s.b * 0 + s.a * 1000 + (s.a ? s.c * 1000000 : 0) + (s.b == -1 ? 6030000 : 0) - (x == 9) * 1000 - (x == -1) * 6000; }

/* expect: 15 15, 16 -16, 31 -1 */
long signed_field(long x) { struct bits s = {}; s.b = x; return s.b; }

/* expect: 305419896 18, 0 0 */
long unions(long x) { union both u = { .word = x }; return u.byte[3]; }

/* expect: 305419896 4660 */
long anonymous(long x) { union both u; u.word = x; return u.high; }

/* expect: 2 23, 0 3 */
long initializers(long x) { struct { int v[4]; struct pair p; } s = { { [1 ... 2] = 7, x }, .p.b = 3 }; return s.v[x] + s.p.b + s.v[0] + (x ? s.v[1] + s.v[3] * 3 : 0) + s.p.a; }

/* expect: 0 97, 1 98, 2 0, 3 0 */
long strings(long x) { char s[5] = "ab"; return s[x]; }

/* expect: 0 104, 4 111, 5 0 */
long literal(long x) { return "hello"[x]; }

/* expect: 0 1, 2 3 */
long pointers(long x) { int v[4] = { 1, 2, 3, 4 }; int *p = v + 3; p -= 3; p += x; return *p; }

/* expect: 0 4, 3 1 */
long differences(long x) { long v[4]; long *p = &v[x], *end = v + 4; return end - p; }

/* expect: 0 10, 1 20, 2 30 */
long stepping(long x) { int v[3] = { 10, 20, 30 }; int *p = v; while (x-- > 0) p++; return *p++; }

/* expect: 258 2 */
long punning(long x) { int i = x; return *(u8 *)&i; }

/* expect: 5 6, 0 1 */
long statement_expression(long x) { return ({ int t = x; t++; t; }); }

/* expect: 3 3, 12 10 */
long minimum(long x) { return ({ int _a = x; int _b = 10; _a < _b ? _a : _b; }); }

/* expect: 0 0, 5 2, 6 1 */
long enums(long x) { enum color c = x; return c == GREEN ? 2 : c == BLUE; }

/* expect: 0 0, 256 1, -3 1 */
long booleans(long x) { _Bool b = x; return b; }

/* expect: 1 5, 2 6 */
long comma(long x) { int a = 1; return a = x + 1, a + a + (x == 1); }

/* expect: 2 8, 3 9 */
long compound_literal(long x) { struct pair *p = &(struct pair){ .a = x, .b = 6 }; return p->a + p->b; }

/* expect: 1 3, 2 6 */
long nested_assignment(long x) { int a, b, c; a = b = c = x; return a + b + c; }

/* expect: 300 88, 1 2 */
long assignment_value(long x) { u8 b; long r = (b = x); return r + b; }

/* expect: 0 1, 1 1, 6 13, 10 89 */
long recursion(long x) { return x < 2 ? 1 : recursion(x - 1) + recursion(x - 2); }

/* expect: 4660 13330, 255 65280 */
long swaps(long x) { return (u16)(((u16)x << 8) | ((u16)x >> 8)); }

/* expect: -1 1, 0 1 */
long wide_constants(long x) { return 0xffffffffffffffffUL == (u64)-1 && 0x80000000 > 0 && -1 < (s8)0; }

long array_parameter_sum(int values[], int n) { int s = 0; while (n--) s += *values++; return s; }
/* expect: 4 10, 0 0 */
long array_parameter(long x) { int v[] = { 1, 2, 3, 4 }; return array_parameter_sum(v, x); }

#define HEX 0xf0
#define NEG (-3)
#define max(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })

/* expect: 5 250239, 200 54855 */
long complement(long x) { u8 b = x; return ~b + (u8)~b * 1000 + (b ^ HEX); }

/* expect: 1 4294967295, 7 4294967289 */
long unsigned_minus(long x) { u32 u = x; return -u + 0L; }

/* expect: 65535 131070, 2 4 */
long promoted_sum(long x) { u16 a = x, b = x; return a + b; }

/* expect: 65536 0, 3 9 */
long multiply_overflow(long x) { u32 a = x; return a * a; }

/* expect: 3 56, 31 2147484144, 40 1099511628416 */
long variable_shift(long x) { u64 one = 1; return (one << x) + ((u8)x << 4); }

/* expect: -1 65533, 4294967296 0 */
long truncation_chain(long x) { return (long)(int)(u32)x + (u16)x + (s8)(u8)x; }

/* expect: 0 -3, 4 4, 9 11 */
long chain(long x) { return x < 1 ? NEG : x < 5 ? max((int)x, 3) : max(x, 11L); }

/* expect: 0 19, 3 26 */
long switch_in_loop(long x)
{
	int n = 0;

	for (int i = 0, j = 10; i < 6; i++, j--) {
		switch (i) {
		case 2:
			continue;
		case 4:
			if (x)
				break;
			n += 100;
			break;
		default:
			n += j;
		}
		if (i == x + 1)
			break;
	}
	return n;
}

/* expect: 0 11, 1 10, 2 15 */
long goto_into_switch(long x)
{
	int n = 0;

	if (x == 1)
		goto middle;
	switch (x) {
	case 0:
		n = 1;
		/* fallthrough */
middle:
		n += 10;
		break;
	case 2:
		for (;;) {
			n++;
			if (n > 4)
				goto middle;
		}
	}
	return n;
}

/* expect: 1 24079, 2 25434 */
long matrix(long x)
{
	int m[2][3] = { { 1, 2, 3 }, { [2] = 9 } }, (*row)[3] = m + 1;

	m[x - 1][x] += 5;
	return row[0][2] + m[0][1] * 10 + (*row)[x] * 100 + (long)sizeof(m) * 1000;
}

/* expect: 3 11102, 0 1112 */
long pointer_to_pointer(long x)
{
	int a = 1, b = 2, *p = x ? &a : &b, **pp = &p;

	**pp += 10;
	*pp = &b;
	*p += 100;
	return a * 1000 + b;
}

/* expect: 1 661, 2 303 */
long record_arrays(long x)
{
	struct pair v[3] = { [0] = { 1, 2 }, [1].b = 5 }, *p = &v[x], w;

	v[2] = v[0];
	p->a = p->b + 1;
	w = *p;
	w.b++;
	return v[2].a + v[1].a * 10 + w.b * 100;
}

/* expect: 258 67306540 */
long memory_builtins(long x)
{
	struct pair p, q = { 3, 4 };
	u8 raw[sizeof(p)];

	__builtin_memset(&p, 0, sizeof(p));
	__builtin_memcpy(raw, &q, sizeof(q));
	raw[0] = x;
	__builtin_memcpy(&p, raw, sizeof(p));
	return p.a + p.b * 10 + __builtin_bswap16(x) + __builtin_bswap32(0x01020304);
}

/* expect: 0 1011, 1 1113, 2 1 */
long side_effects(long x)
{
	int n = 0;
	int r = (x == 0 || (n++, x == 1)) && (n += 10, x != 5) ? n++ : --n;

	return r * 100 + n + !!(x & 2) + (n > 5 == x);
}

/* expect: 7 6999, -7 -6749 */
long signed_bit_operations(long x) { int i = x; return (i & 0xfc) + (i | 1) * 1000 + (i ^ -1) + (i % 4); }

/* expect: 1 245943, 300 75900 */
long compound_narrow(long x) { u8 a = 250; s8 b = 100; a += x; b *= 2; a <<= 1; b -= x; return a * 1000 + b; }

/* expect: 3 -1, 0 5 */
long early_out(long x)
{
	int r = ({ if (x == 3) goto out; 5; });

	return r;
out:
	return -1;
}

/* expect: 0 -1, 5 5 */
long pointer_conditions(long x)
{
	int a = x, *p = x ? &a : (int *)0;

	if (!p)
		return -1;
	return p == &a && p ? *p : 9;
}

/* expect: 0 4, 9 1 */
long const_folding(long x) { if (sizeof(x) == 8 && x) return 1; else if (0) return 2; while (0) x = 5; return x ? 3 : 4; }

/* expect: 4 79 */
long char_arithmetic(long x) { char c = 'a' + x; return c - 'a' + '\n' + "a\tb\x41"[3]; }

/* expect: 2 8, 3 7 */
long do_continue(long x) { int n = 0, i = 0; do { i++; if (i == x) continue; n += i; } while (i < 4); return n; }

/* expect: 0 65, 1 65 */
long empty_parts(long x) { int i = 0; for (;;) { if (i++ > 3) break; } for (; x < 3;) x++; for (;; x++) if (x > 5) break; return x * 10 + i; }

/* expect: 0 11, 1 10 */
long boolean_steps(long x) { _Bool up = x, down = x; up++; down--; return up * 10 + down; }

/* expect: 1 7, 2 8 */
long unsigned_case(long x) { u64 u = -x; switch (u) { case -1: return 7; case -2 ... -2: return 8; } return 9; }

/* expect: 5 1 */
long constant_elvis(long x) { return (-1 ?: (u64)x) > 6; }

/* expect: 6 5 */
long promoted_field(long x) { struct bits s = { .a = x }; s.a /= -2; return s.a; }
