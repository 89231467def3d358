/* Programs on a VXLAN device and on a tun device of the host. */
#include "pair.h"

/* goal: POD_ETH0:in */
SEC("vxlan-ingress")
int decapsulated_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("vxlan-ingress")
int decapsulated_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: POD_ETH0:in */
SEC("vxlan-ingress")
int decapsulated_to_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("vxlan-ingress")
int decapsulated_to_peer_right(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC0, 0);
}

/* goal: POD_ETH0:in */
SEC("vxlan-ingress")
int decapsulated_by_neighbour_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(POD_ETH0, 0, 0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int decapsulated_by_neighbour_right(struct __sk_buff *skb)
{
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0);
}

/* goal: POD_ETH0:in */
SEC("vxlan-egress")
int encapsulating_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC0, 0); /* want: redirect-peer-outside-ingress "" */
}

/* goal: POD_ETH0:in */
SEC("vxlan-egress")
int encapsulating_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: wire/vx0:in */
SEC("to-tunnel")
int into_tunnel_wrong(struct __sk_buff *skb)
{
	(void)bpf_redirect(HOST_VX0, 0); /* want: discarded-redirect "" */
	return TC_ACT_OK;
}

/* goal: wire/vx0:in */
SEC("to-tunnel")
int into_tunnel_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_VX0, 0);
}

/* It has no peer. */
/* goal: wire/vx0:in */
SEC("to-tunnel")
int into_tunnel_peer_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_VX0, 0); /* want: redirect-peer-outside-ingress "no peer" */
}

/* goal: wire/vx0:in */
SEC("to-tunnel")
int into_tunnel_peer_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_VX0, 0);
}

/* goal: POD_ETH0:in */
SEC("tun-ingress")
int injected_wrong(struct __sk_buff *skb)
{
	return bpf_redirect_peer(POD_ETH0, 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("tun-ingress")
int injected_right(struct __sk_buff *skb)
{
	return bpf_redirect_peer(HOST_LXC0, 0);
}

/* goal: tunfd:tun0 */
SEC("tun-egress")
int towards_tun_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(POD_ETH0, BPF_F_INGRESS); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: tunfd:tun0 */
SEC("tun-egress")
int towards_tun_right(struct __sk_buff *skb)
{
	if (skb->mark)
		return TC_ACT_OK;
	skb->mark = 1;
	return bpf_redirect(HOST_TUN0, 0);
}
