/* What programs take from a <bpf/bpf_tracing.h>: registers by name, programs with arguments. */
#pragma once

#include <bpf/bpf_helpers.h>

#if defined(__TARGET_ARCH_arm64)
struct pt_regs;
#define PT_REGS_ARM64 const volatile struct user_pt_regs
#define __PT_REGS_CAST(x) ((PT_REGS_ARM64 *)(x))
#define __PT_PARM1_REG regs[0]
#define __PT_PARM2_REG regs[1]
#define __PT_PARM3_REG regs[2]
#define __PT_PARM4_REG regs[3]
#define __PT_PARM5_REG regs[4]
#define __PT_PARM6_REG regs[5]
#define __PT_PARM7_REG regs[6]
#define __PT_PARM8_REG regs[7]
#define __PT_PARM4_SYSCALL_REG regs[3]
#define __PT_RET_REG regs[30]
#define __PT_FP_REG regs[29]
#define __PT_RC_REG regs[0]
#define __PT_SP_REG sp
#define __PT_IP_REG pc
#else
#define __PT_REGS_CAST(x) (x)
#if defined(__VMLINUX_H__) || defined(__KERNEL__)
#define __PT_PARM1_REG di
#define __PT_PARM2_REG si
#define __PT_PARM3_REG dx
#define __PT_PARM4_REG cx
#define __PT_PARM5_REG r8
#define __PT_PARM6_REG r9
#define __PT_PARM4_SYSCALL_REG r10
#define __PT_RET_REG sp
#define __PT_FP_REG bp
#define __PT_RC_REG ax
#define __PT_SP_REG sp
#define __PT_IP_REG ip
#else
#define __PT_PARM1_REG rdi
#define __PT_PARM2_REG rsi
#define __PT_PARM3_REG rdx
#define __PT_PARM4_REG rcx
#define __PT_PARM5_REG r8
#define __PT_PARM6_REG r9
#define __PT_PARM4_SYSCALL_REG r10
#define __PT_RET_REG rsp
#define __PT_FP_REG rbp
#define __PT_RC_REG rax
#define __PT_SP_REG rsp
#define __PT_IP_REG rip
#endif
/* On the stack, not in a register. */
#define __PT_PARM7_REG __PT_RC_REG
#define __PT_PARM8_REG __PT_RC_REG
#endif

#define ___pt(x, reg) (__PT_REGS_CAST(x)->reg)
#define PT_REGS_PARM1(x) ___pt(x, __PT_PARM1_REG)
#define PT_REGS_PARM1_CORE(x) PT_REGS_PARM1(x)
#define PT_REGS_PARM1_SYSCALL(x) ___pt(x, __PT_PARM1_REG)
#define PT_REGS_PARM1_CORE_SYSCALL(x) ___pt(x, __PT_PARM1_REG)
#define PT_REGS_PARM2(x) ___pt(x, __PT_PARM2_REG)
#define PT_REGS_PARM2_CORE(x) PT_REGS_PARM2(x)
#define PT_REGS_PARM2_SYSCALL(x) ___pt(x, __PT_PARM2_REG)
#define PT_REGS_PARM2_CORE_SYSCALL(x) ___pt(x, __PT_PARM2_REG)
#define PT_REGS_PARM3(x) ___pt(x, __PT_PARM3_REG)
#define PT_REGS_PARM3_CORE(x) PT_REGS_PARM3(x)
#define PT_REGS_PARM3_SYSCALL(x) ___pt(x, __PT_PARM3_REG)
#define PT_REGS_PARM3_CORE_SYSCALL(x) ___pt(x, __PT_PARM3_REG)
#define PT_REGS_PARM4(x) ___pt(x, __PT_PARM4_REG)
#define PT_REGS_PARM4_CORE(x) PT_REGS_PARM4(x)
#define PT_REGS_PARM4_SYSCALL(x) ___pt(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM4_CORE_SYSCALL(x) ___pt(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM5(x) ___pt(x, __PT_PARM5_REG)
#define PT_REGS_PARM5_CORE(x) PT_REGS_PARM5(x)
#define PT_REGS_PARM5_SYSCALL(x) ___pt(x, __PT_PARM5_REG)
#define PT_REGS_PARM5_CORE_SYSCALL(x) ___pt(x, __PT_PARM5_REG)
#define PT_REGS_PARM6(x) ___pt(x, __PT_PARM6_REG)
#define PT_REGS_PARM6_CORE(x) PT_REGS_PARM6(x)
#define PT_REGS_PARM6_SYSCALL(x) ___pt(x, __PT_PARM6_REG)
#define PT_REGS_PARM6_CORE_SYSCALL(x) ___pt(x, __PT_PARM6_REG)
#define PT_REGS_PARM7(x) ___pt(x, __PT_PARM7_REG)
#define PT_REGS_PARM7_CORE(x) PT_REGS_PARM7(x)
#define PT_REGS_PARM7_SYSCALL(x) ___pt(x, __PT_PARM7_REG)
#define PT_REGS_PARM7_CORE_SYSCALL(x) ___pt(x, __PT_PARM7_REG)
#define PT_REGS_PARM8(x) ___pt(x, __PT_PARM8_REG)
#define PT_REGS_PARM8_CORE(x) PT_REGS_PARM8(x)
#define PT_REGS_PARM8_SYSCALL(x) ___pt(x, __PT_PARM8_REG)
#define PT_REGS_PARM8_CORE_SYSCALL(x) ___pt(x, __PT_PARM8_REG)
#define PT_REGS_RET(x) ___pt(x, __PT_RET_REG)
#define PT_REGS_RET_CORE(x) PT_REGS_RET(x)
#define PT_REGS_FP(x) ___pt(x, __PT_FP_REG)
#define PT_REGS_FP_CORE(x) PT_REGS_FP(x)
#define PT_REGS_RC(x) ___pt(x, __PT_RC_REG)
#define PT_REGS_RC_CORE(x) PT_REGS_RC(x)
#define PT_REGS_SP(x) ___pt(x, __PT_SP_REG)
#define PT_REGS_SP_CORE(x) PT_REGS_SP(x)
#define PT_REGS_IP(x) ___pt(x, __PT_IP_REG)
#define PT_REGS_IP_CORE(x) PT_REGS_IP(x)
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))
#define BPF_KPROBE_READ_RET_IP(ip, ctx) \
	bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx))
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) \
	bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip)))

/* Arguments from a context, as many as the program has. */
#define ___ctx_args0(ctx)
#define ___ctx_args1(ctx) (void *)ctx[0]
#define ___ctx_args2(ctx) (void *)ctx[0], (void *)ctx[1]
#define ___ctx_args3(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2]
#define ___ctx_args4(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3]
#define ___ctx_args5(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4]
#define ___ctx_args6(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5]
#define ___ctx_args7(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6]
#define ___ctx_args8(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6], (void *)ctx[7]
#define ___ctx_args9(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6], (void *)ctx[7], (void *)ctx[8]
#define ___ctx_args10(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6], (void *)ctx[7], (void *)ctx[8], (void *)ctx[9]
#define ___ctx_args11(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6], (void *)ctx[7], (void *)ctx[8], (void *)ctx[9], (void *)ctx[10]
#define ___ctx_args12(ctx) (void *)ctx[0], (void *)ctx[1], (void *)ctx[2], (void *)ctx[3], (void *)ctx[4], (void *)ctx[5], (void *)ctx[6], (void *)ctx[7], (void *)ctx[8], (void *)ctx[9], (void *)ctx[10], (void *)ctx[11]
#define ___regs_args0(ctx)
#define ___regs_args1(ctx) (void *)PT_REGS_PARM1(ctx)
#define ___regs_args2(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx)
#define ___regs_args3(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx)
#define ___regs_args4(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx)
#define ___regs_args5(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx), (void *)PT_REGS_PARM5(ctx)
#define ___regs_args6(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx), (void *)PT_REGS_PARM5(ctx), (void *)PT_REGS_PARM6(ctx)
#define ___regs_args7(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx), (void *)PT_REGS_PARM5(ctx), (void *)PT_REGS_PARM6(ctx), (void *)PT_REGS_PARM7(ctx)
#define ___regs_args8(ctx) (void *)PT_REGS_PARM1(ctx), (void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx), (void *)PT_REGS_PARM4(ctx), (void *)PT_REGS_PARM5(ctx), (void *)PT_REGS_PARM6(ctx), (void *)PT_REGS_PARM7(ctx), (void *)PT_REGS_PARM8(ctx)
#define ___sys_args0(ctx)
#define ___sys_args1(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx)
#define ___sys_args2(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx)
#define ___sys_args3(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx)
#define ___sys_args4(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM4_CORE_SYSCALL(ctx)
#define ___sys_args5(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM4_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM5_CORE_SYSCALL(ctx)
#define ___sys_args6(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM4_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM5_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM6_CORE_SYSCALL(ctx)
#define ___sys_args7(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM4_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM5_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM6_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM7_CORE_SYSCALL(ctx)
#define ___sys_args8(ctx) (void *)PT_REGS_PARM1_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM2_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM3_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM4_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM5_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM6_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM7_CORE_SYSCALL(ctx), (void *)PT_REGS_PARM8_CORE_SYSCALL(ctx)

#define ___prog_call(list, name, ctx, args...) \
	____##name(ctx ___prog_comma(args) ___bpf_apply(list, ___bpf_narg(args))(ctx))
#define ___prog_comma(args...) ___bpf_apply(___prog_comma_, ___bpf_narg(args))
#define ___prog_comma_0
#define ___prog_comma_1 ,
#define ___prog_comma_2 ,
#define ___prog_comma_3 ,
#define ___prog_comma_4 ,
#define ___prog_comma_5 ,
#define ___prog_comma_6 ,
#define ___prog_comma_7 ,
#define ___prog_comma_8 ,
#define ___prog_comma_9 ,
#define ___prog_comma_10 ,
#define ___prog_comma_11 ,
#define ___prog_comma_12 ,
#define ___prog(list, type, name, args...) \
	name(type *ctx); \
	static __always_inline __typeof__(name(0)) ____##name(type *ctx, ##args); \
	__typeof__(name(0)) name(type *ctx) \
	{ \
		return ___prog_call(list, name, ctx, ##args); \
	} \
	static __always_inline __typeof__(name(0)) ____##name(type *ctx, ##args)

#define BPF_PROG(name, args...) ___prog(___ctx_args, unsigned long long, name, ##args)
#define BPF_KPROBE(name, args...) ___prog(___regs_args, struct pt_regs, name, ##args)
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#define BPF_KSYSCALL(name, args...) ___prog(___sys_args, struct pt_regs, name, ##args)
#define BPF_KPROBE_SYSCALL(name, args...) BPF_KSYSCALL(name, ##args)
#define ___ret_args0(ctx)
#define ___ret_args1(ctx) (void *)PT_REGS_RC(ctx)
#define BPF_KRETPROBE(name, args...) ___prog(___ret_args, struct pt_regs, name, ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

/* Arguments of any type, structures included: type and name by turns. */
#define ___prog2_0()
#define ___prog2_2(t, n) , t n
#define ___prog2_4(t, n, more...) , t n ___prog2_2(more)
#define ___prog2_6(t, n, more...) , t n ___prog2_4(more)
#define ___prog2_8(t, n, more...) , t n ___prog2_6(more)
#define ___prog2_10(t, n, more...) , t n ___prog2_8(more)
#define ___prog2_12(t, n, more...) , t n ___prog2_10(more)
#define ___value2_0()
#define ___value2_2(t, n) , *(t *)ctx
#define ___value2_4(t, n, more...) , *(t *)ctx ___value2_2(more)
#define ___value2_6(t, n, more...) , *(t *)ctx ___value2_4(more)
#define ___value2_8(t, n, more...) , *(t *)ctx ___value2_6(more)
#define ___value2_10(t, n, more...) , *(t *)ctx ___value2_8(more)
#define ___value2_12(t, n, more...) , *(t *)ctx ___value2_10(more)
#define BPF_PROG2(name, args...) \
	name(unsigned long long *ctx); \
	static __always_inline __typeof__(name(0)) \
	____##name(unsigned long long *ctx ___bpf_apply(___prog2_, ___bpf_narg(args))(args)); \
	__typeof__(name(0)) name(unsigned long long *ctx) \
	{ \
		return ____##name(ctx ___bpf_apply(___value2_, ___bpf_narg(args))(args)); \
	} \
	static __always_inline __typeof__(name(0)) \
	____##name(unsigned long long *ctx ___bpf_apply(___prog2_, ___bpf_narg(args))(args))
