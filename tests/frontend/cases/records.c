/* Records are assigned, passed and returned by copy. */
struct pair { int a, b; };
struct pair make(int a);
int take(struct pair p);

struct pair f(struct pair given, struct pair *where)
{
	struct pair local;

	local = make(1);
	*where = local;
	take(given);
	take(make(2));
	given.b = make(3).a;
	return *where;
}
