/* Every macro that defines programs or reads through pointers, once. */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/usdt.bpf.h>
#include <linux/pkt_cls.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ptrace.h>
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <errno.h>

struct part {
	int number;
	char name[16];
};

struct whole {
	struct part *part;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct part);
} parts SEC(".maps");

struct bpf_map_def SEC("maps") old = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1,
};

SEC("fentry/f")
int BPF_PROG(traced, struct whole *whole, int number)
{
	char name[16];

	BPF_CORE_READ_STR_INTO(&name, whole, part, name);
	bpf_printk("%s %d", name, BPF_CORE_READ(whole, part, number));
	return bpf_core_field_exists(whole->part) && bpf_core_type_exists(struct part) &&
	       bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_redirect) &&
	       bpf_core_field_exists(struct part, name);
}

SEC("kprobe/f")
int BPF_KPROBE(probed, struct whole *whole)
{
	int i, sum = 0;

	bpf_for(i, 0, 3)
		sum += i;
	bpf_repeat(3)
		sum++;
	return sum + PT_REGS_PARM1(ctx) == 0;
}

SEC("kprobe/g")
int BPF_KPROBE(without_arguments)
{
	return 0;
}

SEC("kretprobe/f")
int BPF_KRETPROBE(returned, long result)
{
	char text[8];

	BPF_SNPRINTF(text, sizeof(text), "%ld", result);
	return text[0];
}

SEC("tp_btf/f")
int BPF_PROG2(structures, struct whole *, whole, int, number)
{
	return number;
}

SEC("usdt")
int BPF_USDT(user, int first, int second)
{
	return first + second;
}

SEC("xdp")
int received(struct xdp_md *ctx)
{
	struct bpf_fib_lookup params = {};
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	params.family = AF_INET;
	params.ipv4_dst = ip->daddr;
	params.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &params, sizeof(params), 0) == BPF_FIB_LKUP_RET_SUCCESS)
		return bpf_redirect(params.ifindex, 0);
	return ip->protocol == IPPROTO_TCP ? XDP_PASS : XDP_DROP;
}
