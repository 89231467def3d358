/* Members, elements, dereferences and the widths they are read and written with. */
struct inner { unsigned char a; unsigned short b; };
struct outer { int first; struct inner in; struct inner many[3]; int *link; };

long f(struct outer *o, int i, unsigned char *bytes)
{
	struct outer copy = *o;

	o->in.b = (unsigned short)i;
	o->many[i].a = bytes[2];
	*o->link = copy.first;
	(&copy)->many[1].b += 3;
	return o->in.a + *bytes + copy.many[i + 1].b;
}
