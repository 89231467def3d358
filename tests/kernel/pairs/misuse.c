/* Verdicts that no helper gave, numbers that are no device's, and what lookups, headers and maps need. */
#include "pair.h"

#define POD 0x0a010002 /* 10.1.0.2 */
#define BPF_FIB_LOOKUP_OUTPUT 2
#define FORWARD 200

enum { OF_IPV4 = 4, OF_IPV6 = 6 };

struct iphdr {
	__u8 version;
	__u8 tos;
	__u16 tot_len;
	__u16 id;
	__u16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__u16 check;
	__be32 saddr;
	__be32 daddr;
};

#define DEVICES(name, key_type)                                                        \
	struct bpf_elf_map SEC("maps") name = {                                        \
		.type = BPF_MAP_TYPE_DEVMAP,                                           \
		.size_key = sizeof(key_type),                                          \
		.size_value = sizeof(__u32),                                           \
		.max_elem = 4,                                                         \
	}

DEVICES(ports, __u32);
DEVICES(few_ports, __u32);
DEVICES(wide_ports, __u64);
ARRAY(chosen, __u32);
CALLS(same_calls, 9);
CALLS(both_calls, 10);

/* Nobody has said where to. */
/* goal: HOST_CIL0:in */
SEC("uplink-ingress")
int without_helper_wrong(struct __sk_buff *skb)
{
	return TC_ACT_REDIRECT; /* want: redirect-verdict-without-helper "" */
}

/* goal: HOST_CIL0:in */
SEC("uplink-ingress")
int without_helper_right(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_CIL1, 0);
}

/* goal: udp:pod */
SEC("xdp-uplink")
int own_code_wrong(struct xdp_md *xdp)
{
	int code = xdp->data ? FORWARD : XDP_PASS;

	return code; /* want: unknown-verdict "200" */
}

/* goal: udp:pod */
SEC("xdp-uplink")
int own_code_right(struct xdp_md *xdp)
{
	int code = xdp->data ? FORWARD : XDP_PASS;

	return code == FORWARD ? XDP_PASS : code;
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int by_its_hash_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(skb->hash, 0); /* want: not-an-ifindex "`hash`" */
}

/* goal: udp:wire */
SEC("uplink-egress")
int chooses_device(struct __sk_buff *skb)
{
	__u32 key = 0, ifindex = HOST_CIL0;

	bpf_map_update_elem(&chosen, &key, &ifindex, BPF_ANY);
	return TC_ACT_OK;
}

/* goal: HOST_CIL1:in, after chooses_device */
SEC("uplink-ingress")
int by_its_hash_right(struct __sk_buff *skb)
{
	__u32 key = skb->hash & 0, *ifindex = bpf_map_lookup_elem(&chosen, &key);

	return ifindex ? bpf_redirect(*ifindex, 0) : TC_ACT_SHOT;
}

/* The pod takes frames for itself only. */
/* goal: udp:pod */
SEC("vxlan-ingress")
int addressed_on_a_path_wrong(struct __sk_buff *skb)
{
	__u8 pod[6] = { 2, 0, 0, 0, 0, 0x50 };

	if (skb->mark)
		bpf_skb_store_bytes(skb, TO, pod, sizeof(pod), 0);
	return bpf_redirect(HOST_LXC0, 0); /* want: ethernet-address-at-redirect "" */
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int addressed_on_a_path_right(struct __sk_buff *skb)
{
	__u8 pod[6] = { 2, 0, 0, 0, 0, 0x50 };

	bpf_skb_store_bytes(skb, TO, pod, sizeof(pod), 0);
	return bpf_redirect(HOST_LXC0, 0);
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int for_a_group_wrong(struct __sk_buff *skb)
{
	__u8 header[6] = { 1, 2, 3, 4, 5, 6 };

	bpf_skb_store_bytes(skb, TO, header, sizeof(header), 0);
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0); /* want: neigh-unusable-header "" */
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int for_a_group_right(struct __sk_buff *skb)
{
	__u8 header[6] = {};

	bpf_skb_store_bytes(skb, TO, header, sizeof(header), 0);
	return bpf_redirect_neigh(HOST_LXC0, 0, 0, 0);
}

static __always_inline int send_on(struct __sk_buff *skb, struct bpf_fib_lookup *fib)
{
	bpf_skb_store_bytes(skb, TO, fib->dmac, sizeof(fib->dmac), 0);
	bpf_skb_store_bytes(skb, FROM, fib->smac, sizeof(fib->smac), 0);
	return bpf_redirect(fib->ifindex, 0);
}

static __always_inline int route(struct __sk_buff *skb, __be32 to, __u32 flags)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = skb->ifindex };

	fib.ipv4_src = BE32(OUTSIDE);
	fib.ipv4_dst = to;
	if (bpf_fib_lookup(skb, &fib, sizeof(fib), flags)) /* want: fib-parameters "" */
		return TC_ACT_SHOT;
	return send_on(skb, &fib);
}

/* No route leads out by the device that it came in at. */
/* goal: udp:pod, calls route */
SEC("vxlan-ingress")
int routed_for_output_wrong(struct __sk_buff *skb)
{
	return route(skb, BE32(POD), BPF_FIB_LOOKUP_OUTPUT);
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int routed_for_output_right(struct __sk_buff *skb)
{
	return route(skb, BE32(POD), 0);
}

/* 2.0.1.10 is another host. */
/* goal: udp:pod */
SEC("vxlan-ingress")
int turned_round_wrong(struct __sk_buff *skb)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = skb->ifindex };
	struct iphdr ip = {};

	bpf_skb_load_bytes(skb, ETHERNET, &ip, sizeof(ip));
	fib.ipv4_src = BE32(OUTSIDE);
	fib.ipv4_dst = BE32(ip.daddr);
	if (bpf_fib_lookup(skb, &fib, sizeof(fib), 0)) /* want: fib-byte-order "" */
		return TC_ACT_SHOT;
	return send_on(skb, &fib);
}

/* goal: udp:pod */
SEC("vxlan-ingress")
int turned_round_right(struct __sk_buff *skb)
{
	struct iphdr ip = {};

	bpf_skb_load_bytes(skb, ETHERNET, &ip, sizeof(ip));
	return route(skb, ip.daddr, 0);
}

/* The map is empty. */
/* goal: udp:pod */
SEC("xdp-uplink")
int absent_key_wrong(struct xdp_md *xdp)
{
	return bpf_redirect_map(&few_ports, xdp->rx_queue_index, 0); /* want: devmap-no-fallback "" */
}

/* goal: udp:pod */
SEC("xdp-uplink")
int absent_key_right(struct xdp_md *xdp)
{
	return bpf_redirect_map(&few_ports, xdp->rx_queue_index, XDP_PASS);
}

/* Its lifetime is what the kernel's own stack counts; counted here, it goes where the map says or nowhere. */
static __always_inline int count_down(struct xdp_md *xdp)
{
	__u8 *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	if (data + ETHERNET + sizeof(struct iphdr) > end)
		return -1;
	((struct iphdr *)(data + ETHERNET))->ttl--;
	return 0;
}

/* The checksum is that of the packet as it was: what the stack would be given, it would drop, too. */
/* goal: udp:pod */
SEC("xdp-uplink")
int absent_after_change_wrong(struct xdp_md *xdp)
{
	if (count_down(xdp))
		return XDP_PASS;
	return bpf_redirect_map(&few_ports, xdp->rx_queue_index, 0); /* want: devmap-no-fallback "" */
}

/* goal: udp:pod */
SEC("xdp-uplink")
int absent_after_change_right(struct xdp_md *xdp)
{
	__u32 queue = xdp->rx_queue_index;

	if (!bpf_map_lookup_elem(&ports, &queue) || count_down(xdp))
		return XDP_PASS;
	return bpf_redirect_map(&ports, queue, 0);
}

/* The kernel does not make such a map, and so does not load the program. */
/* goal: udp:pod */
SEC("xdp-uplink")
int wide_key_wrong(struct xdp_md *xdp)
{
	return bpf_redirect_map(&wide_ports, 0, XDP_PASS); /* want: devmap-shape "its keys have 8 bytes" */
}

/* goal: udp:pod */
SEC("xdp-uplink")
int wide_key_right(struct xdp_md *xdp)
{
	return bpf_redirect_map(&ports, 0, XDP_PASS);
}

static __always_inline int send_version(struct __sk_buff *skb, __u8 wanted)
{
	__u8 version = 0;

	bpf_skb_load_bytes(skb, ETHERNET, &version, sizeof(version));
	return version >> 4 == wanted ? bpf_redirect(HOST_CIL0, 0) : TC_ACT_SHOT;
}

SEC_TAIL(9, 4)
int sends_ipv4_once(struct __sk_buff *skb)
{
	return send_version(skb, 4);
}

SEC_TAIL(9, 6)
int sends_ipv6_once(struct __sk_buff *skb)
{
	return send_version(skb, 6);
}

/* Both calls lead to the program for IPv6. */
/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int twins_wrong(struct __sk_buff *skb)
{
	if (skb->mark)
		bpf_tail_call(skb, &same_calls, OF_IPV6); /* want: tail-call-never-reached "sends_ipv4_once" */
	bpf_tail_call(skb, &same_calls, OF_IPV6); /* want: tail-call-never-reached "sends_ipv4_once" */
	return TC_ACT_SHOT;
}

SEC_TAIL(10, 4)
int sends_ipv4_each(struct __sk_buff *skb)
{
	return send_version(skb, 4);
}

SEC_TAIL(10, 6)
int sends_ipv6_each(struct __sk_buff *skb)
{
	return send_version(skb, 6);
}

/* goal: HOST_CIL1:in */
SEC("uplink-ingress")
int twins_right(struct __sk_buff *skb)
{
	if (skb->mark)
		bpf_tail_call(skb, &both_calls, OF_IPV6);
	bpf_tail_call(skb, &both_calls, OF_IPV4);
	return TC_ACT_SHOT;
}

/* Nothing at the far end of the pair is ready for frames of XDP. */
/* goal: HOST_CIL1:in */
SEC("xdp-lxc")
int not_ready_wrong(struct xdp_md *xdp)
{
	return bpf_redirect(HOST_CIL0, 0); /* want: xdp-target-cannot-transmit "host/cil0" */
}

/* goal: udp:wire */
SEC("xdp-lxc")
int not_ready_right(struct xdp_md *xdp)
{
	return XDP_PASS;
}

/* The route's device sends no frames of XDP; the stack can send by it. */
/* goal: udp:wire */
SEC("xdp-lxc")
int any_device_wrong(struct xdp_md *xdp)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = xdp->ingress_ifindex };

	fib.ipv4_src = BE32(POD);
	fib.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(xdp, &fib, sizeof(fib), 0))
		return XDP_PASS;
	return bpf_redirect(fib.ifindex, 0); /* want: xdp-fib-upper-device "" */
}

/* goal: udp:wire */
SEC("xdp-lxc")
int any_device_right(struct xdp_md *xdp)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = xdp->ingress_ifindex };

	fib.ipv4_src = BE32(POD);
	fib.ipv4_dst = BE32(OUTSIDE);
	if (bpf_fib_lookup(xdp, &fib, sizeof(fib), 0))
		return XDP_PASS;
	if (!bpf_map_lookup_elem(&ports, &fib.ifindex))
		return XDP_PASS;
	return bpf_redirect_map(&ports, fib.ifindex, 0);
}
