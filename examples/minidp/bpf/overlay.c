/* SPDX-License-Identifier: Apache-2.0 */
/* The tunnel's program, in the style of libbpf: BTF maps, helpers by their usual names. */
#include "kernel.h"

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]

static void *(*bpf_map_lookup_elem)(const void *map, const void *key) __unused_symbol = (void *)1;
static long (*bpf_tail_call)(void *ctx, void *map, __u32 index) __unused_symbol = (void *)12;
static long (*bpf_redirect)(__u32 ifindex, __u64 flags) __unused_symbol = (void *)23;
static long (*bpf_skb_load_bytes)(const void *skb, __u32 offset, void *to, __u32 len)
	__unused_symbol = (void *)26;
static long (*bpf_redirect_peer)(__u32 ifindex, __u64 flags) __unused_symbol = (void *)155;

struct tunnel_pod {
	__u32 ifindex;
	__u32 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __be32);
	__type(value, struct tunnel_pod);
} tunnel_pods SEC(".maps");

enum { OVERLAY_DELIVER, OVERLAY_REPORT, OVERLAY_COUNT };

int overlay_deliver(struct __sk_buff *ctx);
int overlay_report(struct __sk_buff *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, OVERLAY_COUNT);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct __sk_buff *));
} overlay_calls SEC(".maps") = {
	.values = {
		[OVERLAY_DELIVER] = &overlay_deliver,
		[OVERLAY_REPORT] = &overlay_report,
	},
};

SEC("tc")
int overlay_report(struct __sk_buff *ctx)
{
	ctx->mark = ctx->cb[0];
	return TC_ACT_SHOT;
}

SEC("tc")
int overlay_deliver(struct __sk_buff *ctx)
{
	struct tunnel_pod *pod;
	__be32 target;

	if (bpf_skb_load_bytes(ctx, ETH_HLEN + 16, &target, sizeof(target)) < 0)
		return TC_ACT_SHOT;
	pod = bpf_map_lookup_elem(&tunnel_pods, &target);
	if (!pod)
		return TC_ACT_OK;
#ifdef ENABLE_DIRECT_DELIVERY
	if (ctx->cb[1])
		return bpf_redirect(pod->ifindex, 0);
	return bpf_redirect_peer(pod->ifindex, 0);
#else
	return TC_ACT_OK;
#endif
}

/* A packet that came through the tunnel. */
SEC("tc")
int from_overlay(struct __sk_buff *ctx)
{
	ctx->cb[0] = ctx->protocol;
	ctx->cb[1] = ctx->mark;
	if (ctx->protocol == to_be16(ETH_P_IP))
		bpf_tail_call(ctx, &overlay_calls, OVERLAY_DELIVER);
	bpf_tail_call(ctx, &overlay_calls, OVERLAY_REPORT);
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
