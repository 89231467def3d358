/* Programs on the pod's own device. The comment above each says where the packet has to arrive. */
#include "pair.h"

/* goal: wire/w0:in */
SEC("pod-egress")
int constant_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_ETH0, 0); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: wire/w0:in */
SEC("pod-egress")
int constant_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* goal: HOST_ETH0:in */
SEC("pod-egress")
int received_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int received_right(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS);
}

/* goal: wire/w0:in */
SEC("pod-egress")
int neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* The packet comes by a second time, with the mark. */
/* goal: wire/w0:in */
SEC("pod-egress")
int neighbour_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect_neigh(POD_ETH0, 0, 0, 0);
}

/* goal: wire/w0:in */
SEC("pod-egress")
int own_device_wrong(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;

	if (skb->mark == 0)
		ifindex = HOST_ETH0;
	return bpf_redirect(ifindex, 0); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: wire/w0:in */
SEC("pod-egress")
int own_device_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect(skb->ifindex, 0);
}

/* goal: wire/w0:in */
SEC("pod-egress")
int clone_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_ETH0, 0); /* want: cross-netns-redirect "HOST_ETH0" */
	return TC_ACT_SHOT;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int clone_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	bpf_clone_redirect(skb, POD_ETH0, 0);
	return TC_ACT_SHOT;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int route_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_ETH0 };

	params.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0) /* want: cross-netns-fib-lookup "HOST_ETH0" */
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int route_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ifindex = skb->ifindex;
	params.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(POD_ETH0, 0); /* want: redirect-peer-outside-ingress "" */
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int peer_right(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* goal: wire/w0:in */
SEC("pod-egress")
int neighbour_flags_wrong(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect_neigh(POD_ETH0, 0, 0, BPF_F_INGRESS); /* want: redirect-flags "" */
}

/* goal: wire/w0:in */
SEC("pod-egress")
int neighbour_flags_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect_neigh(skb->ifindex, 0, 0, 0);
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int flags_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 2); /* want: redirect-flags "" */
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int flags_right(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 1);
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int verdict_wrong(struct __sk_buff *skb)
{
	bpf_redirect(POD_ETH0, BPF_F_INGRESS); /* want: discarded-redirect "" */
	return TC_ACT_OK;
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int verdict_right(struct __sk_buff *skb)
{
	long verdict = bpf_redirect(POD_ETH0, BPF_F_INGRESS);

	return verdict;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int branch_wrong(struct __sk_buff *skb)
{
	if (skb->len > 20)
		return bpf_redirect(HOST_ETH0, 0); /* want: cross-netns-redirect "HOST_ETH0" */
	return TC_ACT_OK;
}

static __always_inline int send(__u32 ifindex, __u64 flags, int enabled)
{
	if (enabled)
		return bpf_redirect(ifindex, flags);
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int branch_right(struct __sk_buff *skb)
{
	return send(HOST_ETH0, 0, 0);
}

/* Programs on cil0 do not see it where it goes out. */
/* goal: wire/w0:in */
SEC("pod-egress")
int into_stack_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0); /* want: cross-netns-redirect "HOST_CIL0" */
}

/* goal: wire/w0:in */
SEC("pod-egress")
int into_stack_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("pod-egress")
int somewhere_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_SOMEWHERE, 0); /* want: cross-netns-redirect "HOST_SOMEWHERE" */
}

/* goal: wire/w0:in */
SEC("pod-egress")
int somewhere_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* The proxy is behind cil0. The host's end of the pod's pair is a place that the packet cannot avoid. */
/* goal: HOST_CIL1:in */
SEC("pod-egress")
int towards_proxy_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0); /* want: cross-netns-redirect "HOST_CIL0" */
}

/* goal: HOST_CIL1:in */
SEC("lxc-ingress")
int towards_proxy_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("pod-ingress")
int sent_back_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS); /* want: cross-netns-redirect "HOST_CIL1" */
}

/* goal: udp:pod */
SEC("pod-ingress")
int sent_back_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS);
}

/* goal: udp:pod */
SEC("pod-ingress")
int received_clone_wrong(struct __sk_buff *skb)
{
	long failed = bpf_clone_redirect(skb, HOST_CIL0, 0); /* want: cross-netns-redirect "HOST_CIL0" */

	return failed || skb->len ? TC_ACT_SHOT : TC_ACT_OK;
}

/* goal: udp:pod */
SEC("pod-ingress")
int received_clone_right(struct __sk_buff *skb)
{
	long failed;

	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	failed = bpf_clone_redirect(skb, POD_ETH0, BPF_F_INGRESS);
	return failed ? TC_ACT_SHOT : TC_ACT_OK;
}

/* goal: udp:pod */
SEC("xdp-pod")
int driver_wrong(struct xdp_md *xdp)
{
	return bpf_redirect(HOST_CIL0, 0); /* want: cross-netns-redirect "HOST_CIL0" */
}

/* goal: udp:pod */
SEC("xdp-pod")
int driver_right(struct xdp_md *xdp)
{
	return XDP_PASS;
}
