/* Helper variables, enum and stub numbers, pointers, kfuncs, indirect calls. */
enum func { FUNC_fib_lookup = 69 };
static long (*bpf_redirect)(int ifindex, unsigned flags) = (void *)23;
static int (*fib_lookup)(void *ctx) __attribute__((unused)) = (void *)FUNC_fib_lookup;
static int (*missing)(void *ctx) = (void *)((unsigned)-1);
extern int bpf_kfunc(void *ctx) __attribute__((section(".ksyms")));
int defined(int a) { return a; }
static int (*variable)(int) = defined;
struct ops { int (*handler)(int); };

long f(void *ctx, int (*callback)(int), struct ops *ops)
{
	int (*local)(int) = defined;

	fib_lookup(ctx);
	missing(ctx);
	bpf_kfunc(ctx);
	callback(1);
	(*callback)(2);
	variable(3);
	ops->handler(4);
	local = &defined;
	local(defined(5));
	return bpf_redirect(6, 0);
}
