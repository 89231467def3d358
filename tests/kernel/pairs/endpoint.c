/* Programs on the host's end of the pod's pair: veth and netkit. */
#include "pair.h"

/* One source, several modes: right where the hook is the host's, wrong where it is the pod's. */
/* goal: wire/w0:in */
SEC("from-pod")
int reply(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_ETH0, 0); /* want: cross-netns-redirect[ipvlan-l2,ipvlan-l3,ipvlan-l3s,macvlan] "HOST_ETH0" */
}

/* goal: wire/w0:in */
SEC("from-pod")
int reply_by_neighbour(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0); /* want: cross-netns-redirect[ipvlan-l2,ipvlan-l3,ipvlan-l3s,macvlan] "HOST_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("to-pod")
int to_proxy(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS); /* want: cross-netns-redirect[netkit-l2,netkit-l3] "HOST_CIL1" */
}

/* goal: POD_ETH0:in */
SEC("to-pod")
int to_itself(struct __sk_buff *skb)
{
	if (skb->ifindex == HOST_LXC0)
		return TC_ACT_OK;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int back_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int back_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_ETH0, 0);
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int to_neighbouring_pod_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(POD2_ETH0, 0); /* want: cross-netns-redirect "POD2_ETH0" */
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int to_neighbouring_pod_right(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC1, 0);
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int resolved_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(POD_ETH0, 0, 0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: wire/w0:in */
SEC("lxc-ingress")
int resolved_right(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0);
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int peer_flags_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC1, BPF_F_INGRESS); /* want: redirect-flags "" */
}

/* goal: POD2_ETH0:in */
SEC("lxc-ingress")
int peer_flags_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC1, 0);
}

/* goal: POD2_ETH0:in */
SEC("lxc-egress")
int towards_pod_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC1, 0); /* want: redirect-peer-outside-ingress "" */
}

/* goal: POD2_ETH0:in */
SEC("lxc-egress")
int towards_pod_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC1, 0);
}

/* goal: HOST_CIL1:in */
SEC("lxc-egress")
int towards_other_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD2_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "POD2_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("lxc-egress")
int towards_other_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS);
}

/* goal: POD_ETH0:in */
SEC("primary")
int primary_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0); /* want: cross-netns-redirect "HOST_LXC0" */
}

/* goal: POD_ETH0:in */
SEC("primary")
int primary_right(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS);
}

/* It is on its way there already. */
/* goal: udp:pod */
SEC("primary")
int own_pod_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0); /* want: cross-netns-redirect "HOST_LXC0" */
}

/* goal: udp:pod */
SEC("primary")
int own_pod_right(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

/* Before that, where it arrives in the host. */
/* goal: HOST_CIL1:in */
SEC("primary")
int before_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0); /* want: cross-netns-redirect "HOST_CIL0" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int before_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL0, 0);
}

/* goal: HOST_CIL1:in */
SEC("primary")
int before_by_proxy_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS); /* want: cross-netns-redirect "HOST_CIL1" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int before_by_proxy_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, BPF_F_INGRESS);
}

/* goal: udp:pod */
SEC("primary")
int primary_route_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET, .ifindex = HOST_ETH0 };

	params.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0) /* want: cross-netns-fib-lookup "HOST_ETH0" */
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("primary")
int primary_route_right(struct __sk_buff *skb)
{
	struct bpf_fib_lookup params = { .family = AF_INET };

	params.ifindex = skb->ifindex;
	params.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(skb, &params, sizeof(params), 0) < 0)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("primary")
int primary_neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* ingress_ifindex is 0 at netkit's hooks. */
/* goal: udp:pod */
SEC("primary")
int primary_neighbour_right(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0);
	return TC_ACT_OK;
}

/* goal: wire/w0:in */
SEC("peer")
int peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: wire/w0:in */
SEC("peer")
int peer_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_ETH0, 0);
}

/* goal: POD2_ETH0:in */
SEC("peer")
int peer_to_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC1, 0); /* want: redirect-peer-outside-ingress "" */
}

/* goal: POD2_ETH0:in */
SEC("peer")
int peer_to_peer_right(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return bpf_redirect_peer(HOST_LXC1, 0);
	return bpf_redirect(HOST_LXC1, 0);
}

/* goal: wire/w0:in */
SEC("peer")
int peer_by_neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(POD_ETH0, 0, 0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: wire/w0:in */
SEC("peer")
int peer_by_neighbour_right(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_ETH0, 0, 0, 0);
}
