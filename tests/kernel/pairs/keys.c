/* A tunnel device for all far ends, and the keys that it is given. */
#include "pair.h"
#include "tunnel.h"

#define KEY(...) { .tunnel_id = 43, .tunnel_ttl = 64, __VA_ARGS__ }

static __always_inline long set_key(struct __sk_buff *skb, struct bpf_tunnel_key *key, __u64 flags)
{
	return bpf_skb_set_tunnel_key(skb, key, sizeof(*key), flags);
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int no_key_wrong(struct __sk_buff *skb)
{
	return bpf_redirect(HOST_VX1, 0); /* want: tunnel-key-missing "HOST_VX1" */
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int no_key_right(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	if (set_key(skb, &key, BPF_F_ZERO_CSUM_TX))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}

/* The kernel takes no such flag. */
/* goal: wire/vx1:in */
SEC("to-tunnel")
int key_refused_wrong(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	set_key(skb, &key, 1 << 7);
	return bpf_redirect(HOST_VX1, 0); /* want: tunnel-key-missing "HOST_VX1" */
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int key_refused_right(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	if (set_key(skb, &key, 0))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int other_family_wrong(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY();

	key.remote_ipv6[0] = BE32(0x20010db8);
	key.remote_ipv6[3] = BE32(1);
	if (set_key(skb, &key, 0)) /* want: tunnel-key "IPv6" */
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int other_family_right(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	if (set_key(skb, &key, 0))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int ipv4_read_as_ipv6_wrong(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	if (set_key(skb, &key, BPF_F_TUNINFO_IPV6)) /* want: tunnel-key "IPv4" */
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}

/* goal: wire/vx1:in */
SEC("to-tunnel")
int ipv4_read_as_ipv6_right(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = KEY(.remote_ipv4 = OUTSIDE);

	if (set_key(skb, &key, BPF_F_ZERO_CSUM_TX))
		return TC_ACT_SHOT;
	return bpf_redirect(HOST_VX1, 0);
}
