/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery to pods of this node. */
#pragma once

#include "elf_map.h"
#include "packet.h"

/* Written by the agent; `ifindex` is the pod's device as the node sees it. */
struct pod {
	__u32 ifindex;
	__u32 id;
	__u8 mac[ETH_ALEN];
	__u8 node_mac[ETH_ALEN];
	__u16 flags;
};

MAP(pods4) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(__be32),
	.size_value = sizeof(struct pod),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

MAP(pods6) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(struct ipv6_address),
	.size_value = sizeof(struct pod),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

/*
 * bpf_redirect_peer() needs tc ingress. A packet that was received carries the ifindex of the
 * receiving device; one that netkit hands over carries 0, as one that was sent from here.
 */
static __always_inline int may_redirect_to_peer(const struct __sk_buff *ctx, int received)
{
	return received && ctx->ingress_ifindex > 0;
}

/* `received` is 0 where the caller runs at tc egress. */
static __always_inline int deliver(struct __sk_buff *ctx __unused_symbol,
				   const struct pod *pod __unused_symbol,
				   int received __unused_symbol)
{
#ifdef ENABLE_DIRECT_DELIVERY
	if (ctx_set_macs(ctx, pod->node_mac, pod->mac) < 0)
		return VERDICT_DROP;
	if (may_redirect_to_peer(ctx, received))
		return redirect_peer(pod->ifindex, 0);
	return ctx_redirect(ctx, pod->ifindex, 0);
#else
	/* The pod's device is out of reach from here: leave it to the stack. */
	return VERDICT_PASS;
#endif
}

static __always_inline int deliver4(struct __sk_buff *ctx, __be32 address, int received)
{
	struct pod *pod = map_lookup(&pods4, &address);

	return pod ? deliver(ctx, pod, received) : VERDICT_PASS;
}

static __always_inline int deliver6(struct __sk_buff *ctx, const struct ipv6_address *address,
				    int received)
{
	struct pod *pod = map_lookup(&pods6, address);

	return pod ? deliver(ctx, pod, received) : VERDICT_PASS;
}
