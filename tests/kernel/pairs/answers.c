/* Programs that answer a packet: which direction leads back to the sender depends on the hook. */
#include "pair.h"

#define ROUNDS 3

static __always_inline void swap(struct __sk_buff *skb, __u32 one, __u32 other, __u32 size)
{
	__u8 was[2][6];

	bpf_skb_load_bytes(skb, one, was[0], size);
	bpf_skb_load_bytes(skb, other, was[1], size);
	bpf_skb_store_bytes(skb, one, was[1], size, 0);
	bpf_skb_store_bytes(skb, other, was[0], size, 0);
}

static __always_inline void turn_around(struct __sk_buff *skb)
{
	swap(skb, TO, FROM, 6);
	swap(skb, IP_TO, IP_FROM, 4);
}

/* It leaves again, through this program, until the kernel has enough. */
/* goal: udp:pod */
SEC("pod-egress")
int answer_wrong(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0); /* want: self-redirect-direction "tc-egress" */
}

/* goal: udp:pod */
SEC("pod-egress")
int answer_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* It is received again, by this program: without the mark, for ever. */
/* goal: wire/w0:in */
SEC("uplink-ingress")
int answer_outside_wrong(struct __sk_buff *skb)
{
	if (skb->mark == ROUNDS)
		return TC_ACT_SHOT;
	skb->mark++;
	turn_around(skb);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS); /* want: self-redirect-direction "tc-ingress" */
}

/* goal: wire/w0:in */
SEC("uplink-ingress")
int answer_outside_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0);
}

/* goal: udp:host */
SEC("uplink-egress")
int answer_host_wrong(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0); /* want: self-redirect-direction "tc-egress" */
}

/* goal: udp:host */
SEC("uplink-egress")
int answer_host_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* goal: POD_ETH0:in */
SEC("lxc-ingress")
int answer_pod_wrong(struct __sk_buff *skb)
{
	if (skb->mark == ROUNDS)
		return TC_ACT_SHOT;
	skb->mark++;
	turn_around(skb);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS); /* want: self-redirect-direction "tc-ingress" */
}

/* goal: POD_ETH0:in */
SEC("lxc-ingress")
int answer_pod_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0);
}

/* goal: wire/w0:in */
SEC("pod-ingress")
int answer_received_wrong(struct __sk_buff *skb)
{
	if (skb->mark == ROUNDS)
		return TC_ACT_SHOT;
	skb->mark++;
	turn_around(skb);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS); /* want: self-redirect-direction "tc-ingress" */
}

/* goal: wire/w0:in */
SEC("pod-ingress")
int answer_received_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0);
}

/* netkit: flags 0 leads back, from either side. */
/* goal: POD_ETH0:in */
SEC("peer")
int answer_peer_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0);
}

/* goal: HOST_LXC0:in */
SEC("primary")
int answer_primary_right(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0);
}

/* One source, several modes: the pod's packet comes in at a host device, or leaves by its own. */
/* goal: POD_ETH0:in */
SEC("from-pod")
int answer_out(struct __sk_buff *skb)
{
	turn_around(skb);
	return bpf_redirect(skb->ifindex, 0); /* want: self-redirect-direction[ipvlan-l2,ipvlan-l3,ipvlan-l3s,macvlan] "tc-egress" */
}
