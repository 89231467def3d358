/* What programs take from a <bpf/bpf_helpers.h>: sections, map definitions, attributes. */
#pragma once

#include <bpf/bpf_helper_defs.h>

/* Programs that take bool from some other header get it here at the latest. */
#ifndef bool
typedef _Bool bool;
#ifndef true
#define true 1
#define false 0
#endif
#endif

#define SEC(name) __attribute__((section(name), used))

/* Members of a map's definition: numbers are lengths of arrays, types are what a pointer means. */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) __typeof__(value) *name
#define __array(name, value) __typeof__(value) *name[]
#define __ulong(name, value) enum { ___bpf_concat(__unique_, __COUNTER__) = value } name

#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif
#ifndef ___bpf_nth
#define ___bpf_nth(_, _1, _2, _3, _4, _5, _6, _7, _8, _9, _a, _b, _c, N, ...) N
#endif
#ifndef ___bpf_narg
#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __kptr_ref __kptr
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#undef container_of
#define container_of(ptr, type, member) \
	((type *)((void *)(ptr) - __builtin_offsetof(type, member)))
#ifndef barrier
#define barrier() __asm__ __volatile__("" : : : "memory")
#endif
#ifndef barrier_var
#define barrier_var(var) __asm__ __volatile__("" : "+r"(var))
#endif
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif
#define bpf_ksym_exists(symbol) (!!(symbol))

/* Maps before BTF. */
struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	LIBBPF_PIN_BY_NAME,
};

enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot)
{
	bpf_tail_call(ctx, (void *)map, slot);
}

/* Loads from the packet before direct access. */
struct sk_buff;
unsigned long long load_byte(void *skb, unsigned long long off) __asm__("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) __asm__("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) __asm__("llvm.bpf.load.word");

#define ___bpf_fill0(arr, p, x) ((void)0)
#define ___bpf_fill1(arr, p, x) arr[p] = (unsigned long long)x
#define ___bpf_fill2(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill1(arr, p + 1, args)
#define ___bpf_fill3(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill2(arr, p + 1, args)
#define ___bpf_fill4(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill3(arr, p + 1, args)
#define ___bpf_fill5(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill4(arr, p + 1, args)
#define ___bpf_fill6(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill5(arr, p + 1, args)
#define ___bpf_fill7(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill6(arr, p + 1, args)
#define ___bpf_fill8(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill7(arr, p + 1, args)
#define ___bpf_fill9(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill8(arr, p + 1, args)
#define ___bpf_fill10(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill9(arr, p + 1, args)
#define ___bpf_fill11(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill10(arr, p + 1, args)
#define ___bpf_fill12(arr, p, x, args...) arr[p] = (unsigned long long)x; ___bpf_fill11(arr, p + 1, args)
#define ___bpf_fill(arr, args...) ___bpf_apply(___bpf_fill, ___bpf_narg(args))(arr, 0, args)

#define BPF_SEQ_PRINTF(seq, fmt, args...) ({ \
	static const char ___fmt[] = fmt; \
	unsigned long long ___param[___bpf_narg(args) + 1]; \
	___bpf_fill(___param, args); \
	bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___param, ___bpf_narg(args) * 8); \
})
#define BPF_SNPRINTF(out, out_size, fmt, args...) ({ \
	static const char ___fmt[] = fmt; \
	unsigned long long ___param[___bpf_narg(args) + 1]; \
	___bpf_fill(___param, args); \
	bpf_snprintf(out, out_size, ___fmt, ___param, ___bpf_narg(args) * 8); \
})
#define bpf_printk(fmt, args...) ({ \
	static const char ____fmt[] = fmt; \
	bpf_trace_printk(____fmt, sizeof(____fmt), ##args); \
})
#define __bpf_printk(fmt, args...) bpf_printk(fmt, ##args)
#define bpf_stream_printk(stream, fmt, args...) bpf_printk(fmt, ##args)

/* Open-coded iterators: what they count is a plain loop. */
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;
#ifndef bpf_for
#define bpf_for(i, start, end) for ((i) = (start); (i) < (end); (i)++)
#endif
#ifndef bpf_repeat
#define bpf_repeat(N) for (int ___i = 0; ___i < (N); ___i++)
#endif
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) \
	for (struct bpf_iter_##type ___it, \
	     *___p __attribute__((unused)) = (bpf_iter_##type##_new(&___it, ##args), (void *)0); \
	     (((cur) = bpf_iter_##type##_next(&___it))); )
#endif
