/* The programs of the experiments. What they do comes from the map `settings`; what they saw goes
 * into the map `report`. Only packets of the experiments are touched.
 */
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define PORT 4242
/* As `fib_input`: the number 0. */
#define NO_DEVICE 0xffffffff
#define BE16(value) __builtin_bswap16(value)

enum { NOTHING, REDIRECT, CLONE, NEIGH, PEER, MAP };
/* tc verdicts; headers before 6.6 have no names for them. */
enum { NEXT = -1, GO_REDIRECT = 7 };
enum { ETHERNET = 14, ADDRESS = 6, UDP = 17, IPV4 = 0x0800, IPV6 = 0x86dd, AF_INET4 = 2 };

struct map { int unused; };
struct map settings SEC("maps"), report SEC("maps"), devices SEC("maps");

struct settings {
	__u32 helper, target;
	__u64 flags;
	__s32 verdict;
	__u32 own_verdict, runs, next_hop, fib_destination, fib_input, mark, cb;
	__u32 add_header, set_mac;
	__u8 ethernet[16];
};

struct report {
	__u32 runs, ifindex, ingress_ifindex, mark, fib_ifindex;
	__s32 returned, fib_returned;
	__u32 unused;
};

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*store_bytes)(void *skb, __u32 at, const void *from, __u32 size, __u64 flags) =
	 (void *)9;
static long (*clone_redirect)(void *skb, __u32 ifindex, __u64 flags) = (void *)13;
static long (*redirect)(__u32 ifindex, __u64 flags) = (void *)23;
static long (*load_bytes)(void *skb, __u32 at, void *to, __u32 size) = (void *)26;
static long (*change_head)(void *skb, __u32 size, __u64 flags) = (void *)43;
static long (*redirect_map)(void *map, __u64 key, __u64 flags) = (void *)51;
static long (*load_relative)(void *skb, __u32 at, void *to, __u32 size, __u32 from) = (void *)68;
static long (*fib_lookup)(void *ctx, void *params, int size, __u32 flags) = (void *)69;
static long (*redirect_neigh)(__u32 ifindex, void *params, int size, __u64 flags) = (void *)152;
static long (*redirect_peer)(__u32 ifindex, __u64 flags) = (void *)155;

INLINE struct settings *asked(void)
{
	__u32 key = 0;

	return map_lookup(&settings, &key);
}

INLINE struct report *reported(void)
{
	__u32 key = 0;

	return map_lookup(&report, &key);
}

INLINE int ours(struct __sk_buff *skb)
{
	int six = skb->protocol == BE16(IPV6);
	__u16 port = 0;
	__u8 protocol = 0;

	if (!six && skb->protocol != BE16(IPV4))
		return 0;
	if (load_relative(skb, six ? 6 : 9, &protocol, 1, BPF_HDR_START_NET) || protocol != UDP)
		return 0;
	if (load_relative(skb, six ? 42 : 22, &port, 2, BPF_HDR_START_NET))
		return 0;
	return port == BE16(PORT);
}

INLINE void note(struct __sk_buff *skb, struct report *seen)
{
	seen->ifindex = skb->ifindex;
	seen->ingress_ifindex = skb->ingress_ifindex;
	seen->mark = skb->mark;
}

INLINE void change_addresses(struct __sk_buff *skb, struct settings *ask)
{
	__u8 header[ETHERNET];

	if (ask->add_header) {
		__builtin_memcpy(header, ask->ethernet, ETHERNET);
		if (!change_head(skb, ETHERNET, 0))
			store_bytes(skb, 0, header, ETHERNET, 0);
	} else if (ask->set_mac) {
		__builtin_memcpy(header, ask->ethernet, ADDRESS);
		store_bytes(skb, 0, header, ADDRESS, 0);
	}
}

INLINE void look_up_route(struct __sk_buff *skb, struct settings *ask, struct report *seen)
{
	struct bpf_fib_lookup params = {};

	if (!ask->fib_destination)
		return;
	params.family = AF_INET4;
	params.ipv4_dst = ask->fib_destination;
	params.ifindex = ask->fib_input ? ask->fib_input : skb->ifindex;
	if (ask->fib_input == NO_DEVICE)
		params.ifindex = 0;
	seen->fib_returned = fib_lookup(skb, &params, sizeof(params), 0);
	seen->fib_ifindex = params.ifindex;
}

INLINE long to_neighbour(struct settings *ask)
{
	struct bpf_redir_neigh hop = {};

	if (!ask->next_hop)
		return redirect_neigh(ask->target, 0, 0, ask->flags);
	hop.nh_family = AF_INET4;
	hop.ipv4_nh = ask->next_hop;
	return redirect_neigh(ask->target, &hop, sizeof(hop), ask->flags);
}

SEC("tc")
int tc_actor(struct __sk_buff *skb)
{
	struct settings *ask = asked();
	struct report *seen = reported();
	long returned = 0;

	if (!ask || !seen || !ours(skb))
		return NEXT;
	if (ask->runs && seen->runs >= ask->runs)
		return NEXT;
	seen->runs++;
	note(skb, seen);
	look_up_route(skb, ask, seen);
	if (ask->mark)
		skb->mark = ask->mark;
	if (ask->cb)
		skb->cb[0] = ask->cb;
	change_addresses(skb, ask);
	if (ask->helper == REDIRECT)
		returned = redirect(ask->target, ask->flags);
	else if (ask->helper == PEER)
		returned = redirect_peer(ask->target, ask->flags);
	else if (ask->helper == NEIGH)
		returned = to_neighbour(ask);
	else if (ask->helper == CLONE)
		returned = clone_redirect(skb, ask->target, ask->flags);
	seen->returned = returned;
	return ask->own_verdict ? ask->verdict : returned;
}

/* Returns the redirect verdict without a call of a helper. */
SEC("tc")
int tc_second(struct __sk_buff *skb)
{
	return ours(skb) ? GO_REDIRECT : NEXT;
}

SEC("lwt_xmit")
int lwt_actor(struct __sk_buff *skb)
{
	struct settings *ask = asked();
	struct report *seen = reported();
	__u8 protocol = 0;
	long returned = 0;

	if (!ask || !seen || skb->protocol != BE16(IPV4))
		return BPF_OK;
	if (load_bytes(skb, 9, &protocol, 1) || protocol != UDP)
		return BPF_OK;
	seen->runs++;
	note(skb, seen);
	change_addresses(skb, ask);
	if (ask->helper == REDIRECT)
		returned = redirect(ask->target, ask->flags);
	else if (ask->helper == CLONE)
		returned = clone_redirect(skb, ask->target, ask->flags);
	seen->returned = returned;
	return ask->own_verdict ? ask->verdict : returned;
}

INLINE int ours_in_xdp(__u8 *packet, __u8 *end)
{
	if (packet + ETHERNET + 28 > end)
		return 0;
	return packet[12] == IPV4 >> 8 && !packet[13] && packet[23] == UDP &&
	       packet[36] == PORT >> 8 && packet[37] == (PORT & 255);
}

SEC("xdp")
int xdp_actor(struct xdp_md *ctx)
{
	__u8 *packet = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct settings *ask = asked();
	struct report *seen = reported();
	long returned = XDP_PASS;

	if (!ask || !seen || !ours_in_xdp(packet, end))
		return XDP_PASS;
	seen->runs++;
	seen->ifindex = ctx->ingress_ifindex;
	if (ask->set_mac)
		__builtin_memcpy(packet, ask->ethernet, ADDRESS);
	if (ask->helper == REDIRECT)
		returned = redirect(ask->target, ask->flags);
	else if (ask->helper == MAP)
		returned = redirect_map(&devices, ask->target, ask->flags);
	seen->returned = returned;
	return ask->own_verdict ? ask->verdict : returned;
}

SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
