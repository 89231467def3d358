/* Bit-fields are loads and stores of their own width and offset. */
struct flags { unsigned short rev; unsigned short a : 1, b : 3; signed int c : 5; };

int f(struct flags *p)
{
	struct flags local = { .a = 1, .c = -2 };

	p->b = 5;
	p->a |= local.a;
	if (p->a)
		return p->c;
	return local.b;
}
