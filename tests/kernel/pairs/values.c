/* Numbers that come through maps, cb[] and tail calls. */
#include "pair.h"

struct flow {
	__u32 packets;
	__u32 ifindex;
};

ARRAY(flows, struct flow);
ARRAY(own_flows, struct flow);
ARRAY(received_at, __u32);
ARRAY(seen_in_pod, __u32);
ARRAY(seen_in_host, __u32);
CALLS(calls, 7);

/* goal: udp:pod */
SEC("uplink-ingress")
int host_stores_flow(struct __sk_buff *skb)
{
	struct flow flow = { .packets = 1, .ifindex = HOST_ETH0 };
	__u32 key = 0;

	bpf_map_update_elem(&flows, &key, &flow, BPF_ANY);
	return TC_ACT_OK;
}

/* goal: wire/w0:in, after host_stores_flow */
SEC("pod-egress")
int stored_flow_wrong(struct __sk_buff *skb)
{
	struct flow *flow;
	__u32 key = 0;

	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow || !flow->ifindex)
		return TC_ACT_OK;
	return bpf_redirect(flow->ifindex, 0); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: wire/w0:in, after host_stores_flow */
SEC("pod-egress")
int stored_flow_right(struct __sk_buff *skb)
{
	struct flow *flow;
	__u32 key = 0;

	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow)
		return TC_ACT_SHOT;
	return flow->ifindex ? TC_ACT_OK : TC_ACT_SHOT;
}

/* goal: udp:pod */
SEC("uplink-ingress")
int host_stores_device(struct __sk_buff *skb)
{
	__u32 key = 0, ifindex = skb->ifindex;

	bpf_map_update_elem(&received_at, &key, &ifindex, BPF_ANY);
	return TC_ACT_OK;
}

/* The reply, where the packet was received: right on veth and netkit, wrong on slaves. */
/* goal: wire/w0:in, after host_stores_device */
SEC("from-pod")
int reply_where_received(struct __sk_buff *skb)
{
	__u32 key = 0, *ifindex = bpf_map_lookup_elem(&received_at, &key);

	if (!ifindex || !*ifindex)
		return TC_ACT_OK;
	return bpf_redirect(*ifindex, 0); /* want: cross-netns-redirect[ipvlan-l2,ipvlan-l3,ipvlan-l3s,macvlan] "ifindex" */
}

/* goal: udp:pod */
SEC("primary")
int primary_stores_device(struct __sk_buff *skb)
{
	__u32 key = 0, ifindex = skb->ifindex;

	bpf_map_update_elem(&seen_in_pod, &key, &ifindex, BPF_ANY);
	return TC_ACT_OK;
}

/* goal: udp:pod */
SEC("lxc-egress")
int lxc_stores_device(struct __sk_buff *skb)
{
	__u32 key = 0, ifindex = skb->ifindex;

	bpf_map_update_elem(&seen_in_host, &key, &ifindex, BPF_ANY);
	return TC_ACT_OK;
}

/* goal: HOST_LXC0:in, after primary_stores_device */
SEC("peer")
int stored_device_wrong(struct __sk_buff *skb)
{
	__u32 key = 0, *ifindex = bpf_map_lookup_elem(&seen_in_pod, &key);

	if (!ifindex || !*ifindex)
		return TC_ACT_SHOT;
	return bpf_redirect(*ifindex, BPF_F_INGRESS); /* want: cross-netns-redirect "ifindex" */
}

/* goal: HOST_LXC0:in, after lxc_stores_device */
SEC("peer")
int stored_device_right(struct __sk_buff *skb)
{
	__u32 key = 0, *ifindex = bpf_map_lookup_elem(&seen_in_host, &key);

	if (!ifindex || !*ifindex)
		return TC_ACT_SHOT;
	return bpf_redirect(*ifindex, BPF_F_INGRESS);
}

/* goal: POD_ETH0:in, calls redirects_to_first */
SEC("pod-egress")
int scratch_wrong(struct __sk_buff *skb)
{
	skb->cb[0] = HOST_ETH0;
	skb->cb[1] = POD_ETH0;
	bpf_tail_call(skb, &calls, 1);
	return TC_ACT_SHOT;
}

SEC_TAIL(7, 1)
int redirects_to_first(struct __sk_buff *skb)
{
	return bpf_redirect(skb->cb[0], BPF_F_INGRESS); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int scratch_right(struct __sk_buff *skb)
{
	skb->cb[0] = HOST_ETH0;
	skb->cb[1] = POD_ETH0;
	bpf_tail_call(skb, &calls, 2);
	return TC_ACT_SHOT;
}

SEC_TAIL(7, 2)
int redirects_to_second(struct __sk_buff *skb)
{
	return bpf_redirect(skb->cb[1], BPF_F_INGRESS);
}

/* goal: HOST_CIL1:in, calls ends_chain */
SEC("uplink-ingress")
int chain_wrong(struct __sk_buff *skb)
{
	skb->cb[2] = POD_ETH0;
	bpf_tail_call(skb, &calls, 3);
	return TC_ACT_SHOT;
}

SEC_TAIL(7, 3)
int passes_on(struct __sk_buff *skb)
{
	skb->cb[3] = skb->cb[2];
	bpf_tail_call(skb, &calls, 4);
	return TC_ACT_SHOT;
}

SEC_TAIL(7, 4)
int ends_chain(struct __sk_buff *skb)
{
	return bpf_redirect(skb->cb[3], 0); /* want: cross-netns-redirect "POD_ETH0" */
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int chain_right(struct __sk_buff *skb)
{
	skb->cb[2] = HOST_CIL0;
	bpf_tail_call(skb, &calls, 5);
	return TC_ACT_SHOT;
}

SEC_TAIL(7, 5)
int redirects_to_third(struct __sk_buff *skb)
{
	return bpf_redirect(skb->cb[2], 0);
}

struct target {
	union {
		__u32 words[2];
		struct {
			__u32 ifindex;
			__u32 flags;
		};
	};
};

static __always_inline void choose(struct target *target, __u32 ifindex)
{
	target->words[0] = ifindex;
	target->words[1] = BPF_F_INGRESS;
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int pointer_wrong(struct __sk_buff *skb)
{
	struct target target = {};

	choose(&target, HOST_ETH0);
	return bpf_redirect(target.ifindex, target.flags); /* want: cross-netns-redirect "HOST_ETH0" */
}

/* goal: POD_ETH0:in */
SEC("pod-egress")
int pointer_right(struct __sk_buff *skb)
{
	struct target target = {};

	choose(&target, POD_ETH0);
	return bpf_redirect(target.ifindex, target.flags);
}
