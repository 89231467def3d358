/* Slot 0 has the socket that sends (sk_msg) or receives (sk_skb), slot 1 one of another connection. */
#include "pair.h"
#include "sockmap.h"

struct bpf_elf_map SEC("maps") sockets = {
	.type = BPF_MAP_TYPE_SOCKMAP,
	.size_key = sizeof(__u32),
	.size_value = sizeof(__u32),
	.max_elem = 4,
};

/* 1, but for empty messages, of which there are none; and a slot that the map does not have. */
#define OTHER(msg) ((msg)->size ? 1 : 2)
#define NONE(msg) ((msg)->size | 0x100)

/* goal: other */
SEC("sk_msg")
int ends_with_0_wrong(struct sk_msg_md *msg)
{
	bpf_msg_redirect_map(msg, &sockets, OTHER(msg), BPF_F_INGRESS); /* want: socket-redirect "SK_DROP" */
	return 0;
}

/* goal: other */
SEC("sk_msg")
int ends_with_0_right(struct sk_msg_md *msg)
{
	bpf_msg_redirect_map(msg, &sockets, OTHER(msg), BPF_F_INGRESS);
	return SK_PASS;
}

/* goal: other */
SEC("sk_msg")
int flags_wrong(struct sk_msg_md *msg)
{
	bpf_msg_redirect_map(msg, &sockets, OTHER(msg), 2); /* want: socket-redirect "flags 2" */
	return SK_PASS;
}

/* goal: other */
SEC("sk_msg")
int flags_right(struct sk_msg_md *msg)
{
	bpf_msg_redirect_map(msg, &sockets, OTHER(msg), BPF_F_INGRESS);
	return SK_PASS;
}

/* goal: other */
SEC("sk_msg")
int address_wrong(struct sk_msg_md *msg)
{
	__u32 key = OTHER(msg);

	bpf_msg_redirect_map(msg, &sockets, (__u64)&key, BPF_F_INGRESS); /* want: socket-redirect "address" */
	return SK_PASS;
}

/* goal: other */
SEC("sk_msg")
int address_right(struct sk_msg_md *msg)
{
	__u32 key = OTHER(msg);

	bpf_msg_redirect_map(msg, &sockets, key, BPF_F_INGRESS);
	return SK_PASS;
}

/* goal: own */
SEC("sk_msg")
int absent_wrong(struct sk_msg_md *msg)
{
	return bpf_msg_redirect_map(msg, &sockets, NONE(msg), BPF_F_INGRESS); /* want: sockmap-no-fallback "EACCES" */
}

/* goal: own */
SEC("sk_msg")
int absent_right(struct sk_msg_md *msg)
{
	bpf_msg_redirect_map(msg, &sockets, NONE(msg), BPF_F_INGRESS);
	return SK_PASS;
}

/* goal: other */
SEC("sk_skb")
int received_wrong(struct __sk_buff *skb)
{
	bpf_sk_redirect_map(skb, &sockets, skb->len ? 1 : 2, BPF_F_INGRESS); /* want: socket-redirect "SK_DROP" */
	return SK_DROP;
}

/* goal: other */
SEC("sk_skb")
int received_right(struct __sk_buff *skb)
{
	return bpf_sk_redirect_map(skb, &sockets, skb->len ? 1 : 2, BPF_F_INGRESS);
}
