/* Anonymous unions and structs: one offset from the named record; untagged named members. */
struct lookup {
	int ifindex;
	union {
		unsigned src4;
		unsigned src6[4];
	};
	union {
		struct {
			unsigned short vlan;
			struct {
				unsigned char mac[6];
			};
		};
		unsigned long raw;
	};
	struct {
		int deep;
	} named;
};

int f(struct lookup *p)
{
	struct lookup local = { .ifindex = 1, .vlan = 2, .mac = { [3] = 4 }, .named.deep = 5 };

	p->src4 = local.src6[1];
	p->mac[2] = 7;
	p->named.deep = local.named.deep;
	return p->vlan;
}
