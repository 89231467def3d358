/* SPDX-License-Identifier: Apache-2.0 */
/* Link-layer addresses for packets that leave through another device. */
#pragma once

#include "elf_map.h"
#include "packet.h"

struct neighbour {
	__u8 ours[ETH_ALEN];
	__u8 theirs[ETH_ALEN];
};

MAP(neighbours4) = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.size_key = sizeof(__be32),
	.size_value = sizeof(struct neighbour),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

MAP(neighbours6) = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.size_key = sizeof(struct ipv6_address),
	.size_value = sizeof(struct neighbour),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

/* Asks the routing table, from the point of view of device `ifindex`. */
static __always_inline int route4(struct __sk_buff *ctx, const struct ipv4 *ip, __u32 ifindex)
{
	struct bpf_fib_lookup params = {
		.family = AF_INET,
		.ifindex = ifindex,
		.ipv4_src = ip->source,
		.ipv4_dst = ip->target,
	};

	if (fib_lookup(ctx, &params, sizeof(params), 0) != 0)
		return -1;
	return ctx_set_macs(ctx, params.smac, params.dmac);
}

static __always_inline int route6(struct __sk_buff *ctx, const struct ipv6 *ip, __u32 ifindex)
{
	struct bpf_fib_lookup params = {
		.family = AF_INET6,
		.ifindex = ifindex,
	};

	__builtin_memcpy(params.ipv6_src, &ip->source, sizeof(params.ipv6_src));
	__builtin_memcpy(params.ipv6_dst, &ip->target, sizeof(params.ipv6_dst));
	if (fib_lookup(ctx, &params, sizeof(params), 0) != 0)
		return -1;
	return ctx_set_macs(ctx, params.smac, params.dmac);
}

/* Routes with the tables of the device that the packet is on, and follows the answer. */
static __always_inline int forward4(struct __sk_buff *ctx, const struct ipv4 *ip)
{
	struct bpf_fib_lookup params = {
		.family = AF_INET,
		.ifindex = ctx->ifindex,
		.ipv4_src = ip->source,
		.ipv4_dst = ip->target,
	};

	if (fib_lookup(ctx, &params, sizeof(params), 0) != 0)
		return VERDICT_PASS;
	if (ctx_set_macs(ctx, params.smac, params.dmac) < 0)
		return VERDICT_DROP;
	return ctx_redirect(ctx, params.ifindex, 0);
}
