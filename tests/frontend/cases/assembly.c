/* Inline assembly: map tail calls, rodata addresses, context loads, jumps, barriers. */
extern int calls_map;
static volatile const unsigned config_ifindex;
struct ctx { unsigned data, data_end; };
#define barrier() __asm__ volatile("" : : : "memory")
#define hide(x) __asm__ volatile("" : "+r"(x))
#define CONFIG(name) (*({ void *out; \
	__asm__ volatile("%0 = " #name " ll" : "=r"(out)); (__typeof__(name) *)out; }))

int tail_call(struct ctx *ctx, int slot)
{
	__asm__ volatile("r1 = %[ctx]\n\tr2 = calls_map ll\n\tr3 = %[slot]\n\tcall 12\n\t"
			 :: [ctx] "r"(ctx), [slot] "i"(3) : "r0", "r1", "r2", "r3");
	barrier();
	hide(slot);
	return CONFIG(config_ifindex) + slot;
}

int load(struct ctx *ctx, unsigned long off, unsigned long len)
{
	void *from;
	int ret, wild;

	__asm__ volatile("r1 = *(u32 *)(%[ctx] +0)\n\t"
			 "r2 = *(u32 *)(%[ctx] + 4)\n\t"
			 "%[off] &= %[max]\n\t"
			 "r1 += %[off]\n\t"
			 "%[from] = r1\n\t"
			 "r1 += %[len]\n\t"
			 "if r1 > r2 goto +2\n\t"
			 "%[ret] = 0\n\t"
			 "goto +1\n\t"
			 "%[ret] = %[err]\n\t"
			 : [ret] "=r"(ret), [from] "=r"(from)
			 : [ctx] "r"(ctx), [off] "r"(off), [len] "ri"(len), [max] "i"(255),
			   [err] "i"(-22)
			 : "r1", "r2");
	__asm__ volatile("%0 = frobnicate %1" : "=r"(wild) : "r"(off));
	return ret + wild + *(char *)from;
}
