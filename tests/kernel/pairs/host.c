/* Programs on the host's devices. */
#include "pair.h"

/* goal: udp:pod */
SEC("uplink-ingress")
int into_pod_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: udp:pod */
SEC("uplink-ingress")
int into_pod_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int across_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD2_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "POD2_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int across_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int ingress_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int ingress_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS);
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int cloned_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int cloned_right(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL0, 0);
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int clone_flags_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL0, 2); /* want: redirect-flags "" */
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int clone_flags_right(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL1, BPF_F_INGRESS);
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("uplink-ingress")
int route_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = POD_ETH0 };

	params.ipv4_dst = BE32(POD_ADDRESS);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0) /* want: cross-netns-fib-lookup "POD_ETH0" */
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("uplink-ingress")
int route_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_ETH0 };

	params.ipv4_dst = BE32(POD_ADDRESS);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int dropped_verdict_wrong(struct __sk_buff *skb)
{
	(void)bpf_redirect(HOST_CIL0, 0); /* want: discarded-redirect "" */
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int dropped_verdict_right(struct __sk_buff *skb)
{
	if (bpf_redirect(HOST_CIL0, 0) != TC_ACT_REDIRECT)
		return TC_ACT_SHOT;
	return TC_ACT_REDIRECT;
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_to_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_CIL0, 0); /* want: redirect-peer-outside-ingress "" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_to_peer_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS);
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_clone_wrong(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, POD2_ETH0, 0); /* want: cross-netns-redirect "POD2_ETH0" */
	return TC_ACT_SHOT;
}

/* goal: HOST_CIL1:in */
SEC("uplink-egress")
int leaving_clone_right(struct __sk_buff *skb)
{
	bpf_clone_redirect(skb, HOST_CIL0, 0);
	return TC_ACT_SHOT;
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_wrong(struct xdp_md *xdp)
{
	return bpf_redirect(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_right(struct xdp_md *xdp)
{
	return bpf_redirect(HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_flags_wrong(struct xdp_md *xdp)
{
	return bpf_redirect(HOST_CIL0, BPF_F_INGRESS); /* want: redirect-flags "" */
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_flags_right(struct xdp_md *xdp)
{
	__u64 flags = 0;

	return bpf_redirect(HOST_CIL0, flags);
}

/* The kernel refuses to load it. */
/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_clone_wrong(struct xdp_md *xdp)
{
	long failed = bpf_clone_redirect((void *)xdp, HOST_CIL0, 0); /* want: helper-not-available "" */

	return failed ? XDP_DROP : XDP_PASS;
}

/* goal: HOST_CIL1:in */
SEC("xdp-uplink")
int driver_clone_right(struct xdp_md *xdp)
{
	int verdict = bpf_redirect(HOST_CIL0, 0);

	return verdict == XDP_REDIRECT ? verdict : XDP_DROP;
}
