/* Numbers that are 0, or not set, on the path that a packet takes. */
#include "pair.h"

#define IPV6 0x86dd

enum { SUCCESS = 0, NOT_FORWARDED = 4 };

/* Forgets the IPv4 packets. */
static __always_inline __u32 device_of_six(struct __sk_buff *skb, __u32 ifindex)
{
	__u32 chosen = 0;

	if (skb->protocol == BE16(IPV6))
		chosen = ifindex;
	return chosen;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int forgotten_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(device_of_six(skb, HOST_CIL0), 0); /* want: zero-ifindex "" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int forgotten_right(struct __sk_buff *skb)
{
	__u32 ifindex = device_of_six(skb, HOST_CIL0);

	return bpf_redirect(ifindex ? ifindex : HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int forgotten_copy_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, device_of_six(skb, HOST_CIL0), 0); /* want: zero-ifindex "" */
	return TC_ACT_SHOT;
}

/* goal: wire/w0:in */
SEC("uplink-egress")
int forgotten_copy_right(struct __sk_buff *skb)
{
	__u32 ifindex = device_of_six(skb, HOST_CIL0);

	if (!ifindex)
		return TC_ACT_OK;
	bpf_clone_redirect(skb, ifindex, 0);
	return TC_ACT_SHOT;
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int forgotten_neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(device_of_six(skb, HOST_ETH0), 0, 0, 0); /* want: zero-ifindex "" */
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int forgotten_neighbour_right(struct __sk_buff *skb)
{
	__u32 ifindex = device_of_six(skb, HOST_ETH0);

	if (ifindex)
		return bpf_redirect_neigh(ifindex, 0, 0, 0);
	return TC_ACT_OK;
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int forgotten_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(device_of_six(skb, HOST_LXC1), 0); /* want: zero-ifindex "" */
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int forgotten_peer_right(struct __sk_buff *skb)
{
	__u32 ifindex = device_of_six(skb, HOST_LXC0);

	if (!ifindex)
		ifindex = HOST_LXC1;
	return bpf_redirect_peer(ifindex, 0);
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int cleared_wrong(struct xdp_md *xdp)
{
	struct bpf_fib_lookup params = {};

	return bpf_redirect(params.ifindex, 0); /* want: zero-ifindex "" */
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int cleared_right(struct xdp_md *xdp)
{
	struct bpf_fib_lookup params = {};

	params.ifindex = HOST_CIL0;
	return bpf_redirect(params.ifindex, 0);
}

/* Packets of the node's own processes have been received by no device. */
/* goal: udp:wire */
SEC("uplink-egress")
int source_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ipv4_dst = BE32(OUTSIDE);
	params.ifindex = skb->ingress_ifindex; /* want: ingress-ifindex-as-source "fib_lookup" */
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: udp:wire */
SEC("uplink-egress")
int source_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ipv4_dst = BE32(OUTSIDE);
	params.ifindex = skb->ifindex;
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("primary")
int primary_source_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ipv4_dst = BE32(OUTSIDE);
	params.ifindex = skb->ingress_ifindex; /* want: ingress-ifindex-as-source "fib_lookup" */
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("primary")
int primary_source_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ipv4_dst = BE32(OUTSIDE);
	params.ifindex = skb->ingress_ifindex ? skb->ingress_ifindex : skb->ifindex;
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("lxc-egress")
int sent_back_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ingress_ifindex, 0); /* want: ingress-ifindex-as-source "bpf_redirect" */
}

/* goal: POD_ETH0:in */
SEC("lxc-egress")
int sent_back_right(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return bpf_redirect(skb->ingress_ifindex, 0);
	return TC_ACT_OK;
}

/* A lookup for the node's own address says "not forwarded", and leaves the number as it was. */
/* goal: udp:pod */
SEC("uplink-ingress")
int result_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_ETH0 };

	params.ipv4_dst = BE32(NODE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_OK;
	return bpf_redirect(params.ifindex, 0); /* want: unchecked-fib-result "bpf_redirect" */
}

/* goal: udp:pod */
SEC("uplink-ingress")
int result_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_ETH0 };

	params.ipv4_dst = BE32(NODE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) != SUCCESS)
		return TC_ACT_OK;
	return bpf_redirect(params.ifindex, 0);
}

static __always_inline void write_addresses(struct __sk_buff *skb, struct bpf_fib_lookup *params)
{
	bpf_skb_store_bytes(skb, TO, params->dmac, 6, 0);
	bpf_skb_store_bytes(skb, FROM, params->smac, 6, 0);
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int addresses_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_VX0 };
	__u8 *to = params.dmac;

	params.ipv4_dst = BE32(NODE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) != NOT_FORWARDED)
		return TC_ACT_SHOT;
	bpf_skb_store_bytes(skb, TO, to, 6, 0); /* want: unchecked-fib-result "addresses" */
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int addresses_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_VX0 };

	params.ipv4_dst = BE32(POD_ADDRESS);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) != SUCCESS)
		return TC_ACT_SHOT;
	write_addresses(skb, &params);
	return bpf_redirect(params.ifindex, 0);
}
