/* Packets that begin with their IP header: of a tun device, and of a route's transmit program. */
#include "pair.h"

#define POD_MAC 2, 0, 0, 0, 0, 0x50
#define HOST_MAC 2, 0, 0, 0, 0, 0x20

static __always_inline long add_header(struct __sk_buff *skb, const __u8 *header)
{
	if (bpf_skb_change_head(skb, ETHERNET, 0))
		return -1;
	return bpf_skb_store_bytes(skb, 0, header, ETHERNET, 0);
}

static __always_inline long add_header_to_pod(struct __sk_buff *skb)
{
	__u8 header[ETHERNET] = { POD_MAC, HOST_MAC, 8, 0 };

	return add_header(skb, header);
}

/* goal: POD_ETH0:in */
SEC("tun-ingress")
int headerless_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0); /* want: missing-l2-header "host/lxc0" */
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_right(struct __sk_buff *skb)
{
	__u8 header[ETHERNET] = { POD_MAC, HOST_MAC, 8, 0 };

	if (bpf_skb_change_head(skb, ETHERNET, 0))
		return TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, 0, header, ETHERNET, 0))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: HOST_CIL1:in */
SEC("tun-ingress")
int headerless_received_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS); /* want: missing-l2-header "host/cil1" */
}

/* goal: HOST_CIL1:in */
SEC("tun-ingress")
int headerless_received_right(struct __sk_buff *skb)
{
	if (add_header_to_pod(skb))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS);
}

/* goal: HOST_CIL1:in */
SEC("tun-ingress")
int headerless_copy_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL0, 0); /* want: missing-l2-header "host/cil0" */
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("tun-ingress")
int headerless_copy_right(struct __sk_buff *skb)
{
	if (!add_header_to_pod(skb))
		bpf_clone_redirect(skb, HOST_CIL0, 0);
	return TC_ACT_SHOT;
}

/* A device without Ethernet header needs none. */
/* goal: POD_ETH0:in */
SEC("tun-ingress")
int headerless_or_not_wrong(struct __sk_buff *skb)
{
	__u32 ifindex = HOST_TUN0;

	if (skb->mark == 0)
		ifindex = HOST_LXC0;
	return bpf_redirect(ifindex, 0); /* want: missing-l2-header "host/lxc0" */
}

/* goal: tunfd:tun0 */
SEC("tun-ingress")
int headerless_or_not_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_TUN0, 0);
}

/* The kernel adds what is missing. */
/* goal: udp:pod */
SEC("tun-ingress")
int headerless_to_peer_right(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC0, 0);
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_to_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC0, BPF_F_INGRESS); /* want: redirect-flags "" */
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0); /* want: missing-l2-header "host/lxc0" */
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_right(struct __sk_buff *skb)
{
	if (add_header_to_pod(skb))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_copy_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_LXC0, 0); /* want: missing-l2-header "host/lxc0" */
	return TC_ACT_SHOT;
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_copy_right(struct __sk_buff *skb)
{
	if (!add_header_to_pod(skb))
		bpf_clone_redirect(skb, HOST_LXC0, 0);
	return TC_ACT_SHOT;
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0); /* want: neigh-without-l2-header "tun" */
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_neighbour_right(struct __sk_buff *skb)
{
	if (bpf_skb_change_head(skb, ETHERNET, 0))
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0);
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_next_hop_wrong(struct __sk_buff *skb)
{
	struct next_hop hop = { AF_INET, { BE32(POD_ADDRESS) } };

	return bpf_redirect_neigh(HOST_LXC0, &hop, sizeof(hop), 0); /* want: neigh-without-l2-header "tun" */
}

/* goal: udp:pod */
SEC("tun-ingress")
int headerless_next_hop_right(struct __sk_buff *skb)
{
	struct next_hop hop = { AF_INET, { BE32(POD_ADDRESS) } };

	if (bpf_skb_change_head(skb, ETHERNET, 0))
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(HOST_LXC0, &hop, sizeof(hop), 0);
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_next_hop_wrong(struct __sk_buff *skb)
{
	struct next_hop hop = { AF_INET, { BE32(POD_ADDRESS) } };

	return bpf_redirect_neigh(HOST_LXC0, &hop, sizeof(hop), 0); /* want: neigh-without-l2-header "tun" */
}

/* goal: POD_ETH0:in */
SEC("tun-egress")
int headerless_leaving_next_hop_right(struct __sk_buff *skb)
{
	struct next_hop hop = { AF_INET, { BE32(POD_ADDRESS) } };

	if (bpf_skb_change_head(skb, ETHERNET, 0))
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(HOST_LXC0, &hop, sizeof(hop), 0);
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 0); /* want: missing-l2-header "pod/eth0" */
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_right(struct __sk_buff *skb)
{
	__u8 header[ETHERNET] = { HOST_MAC, POD_MAC, 8, 0 };

	if (add_header(skb, header))
		return TC_ACT_SHOT;
	return bpf_redirect(POD_ETH0, 0);
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_copy_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, POD_ETH0, 0); /* want: missing-l2-header "pod/eth0" */
	return TC_ACT_SHOT;
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_copy_right(struct __sk_buff *skb)
{
	__u8 header[ETHERNET] = { HOST_MAC, POD_MAC, 8, 0 };

	if (!add_header(skb, header))
		bpf_clone_redirect(skb, POD_ETH0, 0);
	return TC_ACT_SHOT;
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_abroad_wrong(struct __sk_buff *skb)
{
	__u8 header[ETHERNET] = { HOST_MAC, POD_MAC, 8, 0 };

	if (add_header(skb, header))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_LXC0, BPF_F_INGRESS); /* want: cross-netns-redirect "HOST_LXC0" */
}

/* goal: HOST_LXC0:in */
SEC("pod-route")
int routed_abroad_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

enum { UDP_DESTINATION = 2 }; /* in a UDP header */

/* Behind the IP header of a packet that begins with it. */
static __always_inline int transport_of(struct __sk_buff *skb)
{
	__u8 first = 0;

	bpf_skb_load_bytes(skb, 0, &first, sizeof(first));
	return (first & 0xf) * 4;
}

/* goal: udp:pod */
SEC("tun-ingress")
int port_behind_header_wrong(struct __sk_buff *skb)
{
	int transport = transport_of(skb) + UDP_DESTINATION;
	__u16 before = 0, after = 0;

	bpf_skb_load_bytes(skb, transport, &before, sizeof(before));
	if (add_header_to_pod(skb))
		return TC_ACT_SHOT;
	bpf_skb_load_bytes(skb, transport, &after, sizeof(after)); /* want: stale-offset "14 bytes" */
	return after == before ? bpf_redirect(HOST_LXC0, 0) : TC_ACT_SHOT;
}

/* goal: udp:pod */
SEC("tun-ingress")
int port_behind_header_right(struct __sk_buff *skb)
{
	int transport = transport_of(skb) + UDP_DESTINATION;
	__u16 before = 0, after = 0;

	bpf_skb_load_bytes(skb, transport, &before, sizeof(before));
	if (add_header_to_pod(skb))
		return TC_ACT_SHOT;
	bpf_skb_load_bytes(skb, transport + ETHERNET, &after, sizeof(after));
	return after == before ? bpf_redirect(HOST_LXC0, 0) : TC_ACT_SHOT;
}
