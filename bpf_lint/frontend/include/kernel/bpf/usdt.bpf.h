/* What programs take from a <bpf/usdt.bpf.h>: arguments of probes that user space has set. */
#pragma once

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

extern int bpf_usdt_arg_cnt(struct pt_regs *ctx);
extern int bpf_usdt_arg(struct pt_regs *ctx, __u64 number, long *result);
extern long bpf_usdt_cookie(struct pt_regs *ctx);

static __always_inline long ___usdt_arg(struct pt_regs *ctx, __u64 number)
{
	long value;

	bpf_usdt_arg(ctx, number, &value);
	return value;
}

#define ___usdt_args0(ctx)
#define ___usdt_args1(ctx) (void *)___usdt_arg(ctx, 0)
#define ___usdt_args2(ctx) ___usdt_args1(ctx), (void *)___usdt_arg(ctx, 1)
#define ___usdt_args3(ctx) ___usdt_args2(ctx), (void *)___usdt_arg(ctx, 2)
#define ___usdt_args4(ctx) ___usdt_args3(ctx), (void *)___usdt_arg(ctx, 3)
#define ___usdt_args5(ctx) ___usdt_args4(ctx), (void *)___usdt_arg(ctx, 4)
#define ___usdt_args6(ctx) ___usdt_args5(ctx), (void *)___usdt_arg(ctx, 5)
#define ___usdt_args7(ctx) ___usdt_args6(ctx), (void *)___usdt_arg(ctx, 6)
#define ___usdt_args8(ctx) ___usdt_args7(ctx), (void *)___usdt_arg(ctx, 7)
#define BPF_USDT(name, args...) ___prog(___usdt_args, struct pt_regs, name, ##args)
