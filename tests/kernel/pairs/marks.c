/* A mark that a program in the pod's namespace looks for. */
#include "pair.h"

#define SEEN 0x77

/* What nobody has marked goes back. */
/* goal: HOST_LXC0:in */
SEC("pod-end")
int wants_mark(struct __sk_buff *skb)
{
	if (skb->mark == SEEN)
		return TC_ACT_OK;
	return bpf_redirect(POD_ETH0, 0);
}

/* goal: udp:pod, after wants_mark */
SEC("vxlan-ingress")
int marked_wrong(struct __sk_buff *skb)
{
	skb->mark = SEEN;
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0); /* want: mark-lost "HOST_LXC0" */
}

/* goal: udp:pod, after wants_mark */
SEC("vxlan-ingress")
int marked_right(struct __sk_buff *skb)
{
	skb->mark = SEEN;
	return bpf_redirect_peer(HOST_LXC0, 0);
}
