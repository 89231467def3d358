/* Memory builtins, byte swaps, constant_p, traps, build-time errors. */
void stop(void) __attribute__((error("no")));
struct pair { int a, b; };
int g(int);

int f(struct pair *p, unsigned len, unsigned short port)
{
	struct pair local;
	unsigned counter = 0;

	__builtin_memset(&local, 0, sizeof(local));
	__builtin_memset(&local, 0xff, 4);
	__builtin_memcpy(p, &local, sizeof(*p));
	__builtin_memmove(&local.b, &p->a, 4);
	__builtin_memcpy(p, &local, len);
	if (__builtin_memcmp(p, &local, 8))
		__builtin_trap();
	if (!__builtin_constant_p(len))
		stop();
	if (__builtin_constant_p(3 + 4))
		counter++;
	if (__builtin_constant_p(g(1)))
		counter++;
	__sync_fetch_and_add(&counter, 1);
	__atomic_fetch_add(&counter, 2, 0);
	if (len > 9)
		__builtin_unreachable();
	return __builtin_bswap16(port) + __builtin_bswap32(0x01020304) +
	       __builtin_offsetof(struct pair, b) + _Alignof(long);
}
