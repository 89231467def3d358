/* SPDX-License-Identifier: Apache-2.0 */
/* The program of one pod: packets that it sends, packets that it is sent. */
#define IS_POD_PROGRAM

#include "node_config.h"
#include "pod_config.h"
#include "lib/ctx.h"
#include "lib/conntrack.h"
#include "lib/fib.h"
#include "lib/local.h"
#include "lib/nodeport.h"
#include "lib/proxy.h"
#include "lib/tail.h"

static __always_inline int is_nodeport_reply4(const struct ipv4 *ip, const struct ports *ports)
{
	struct connection_info info = {};
	struct tuple4 tuple = {
		.client = ip->target,
		.server = ip->source,
		.ports = { .source = ports->target, .target = ports->source },
		.protocol = ip->protocol,
	};

	return find_connection(&connections4, &tuple, &info) == CONNECTION_REPLY && info.node_port;
}

static __always_inline int is_nodeport_reply6(const struct ipv6 *ip, const struct ports *ports)
{
	struct connection_info info = {};
	struct tuple6 tuple = {};

	tuple.client = ip->target;
	tuple.server = ip->source;
	tuple.ports.source = ports->target;
	tuple.ports.target = ports->source;
	tuple.protocol = ip->protocol;
	return find_connection(&connections6, &tuple, &info) == CONNECTION_REPLY && info.node_port;
}

#ifdef ENABLE_IPV4
__tail(CALL_IPV4)
int tail_ipv4(struct __sk_buff *ctx)
{
	struct ports ports;
	struct ipv4 ip;
	int verdict;

	if (load_ipv4(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	if (is_nodeport_reply4(&ip, &ports)) {
		dp_tail_call(ctx, CALL_NODEPORT_REPLY4);
		return VERDICT_DROP;
	}
	verdict = deliver4(ctx, ip.target, 1);
	if (verdict != VERDICT_PASS)
		return verdict;
#ifdef ENABLE_FAST_REDIRECT
	/* Skips the node's stack on the way out. */
	return redirect_neigh(UPLINK_IFINDEX, NULL, 0, 0);
#else
	return VERDICT_PASS;
#endif
}
#endif /* ENABLE_IPV4 */

#ifdef ENABLE_IPV6
__tail(CALL_IPV6)
int tail_ipv6(struct __sk_buff *ctx)
{
	struct ports ports;
	struct ipv6 ip;

	if (load_ipv6(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	if (is_nodeport_reply6(&ip, &ports)) {
		dp_tail_call(ctx, CALL_NODEPORT_REPLY6);
		return VERDICT_DROP;
	}
	return deliver6(ctx, &ip.target, 1);
}
#endif /* ENABLE_IPV6 */

__tail(CALL_DROP)
int tail_drop(struct __sk_buff *ctx)
{
	ctx->mark = ctx_meta(ctx, META_DROP_REASON);
	return VERDICT_DROP;
}

/* A packet that the pod sends. */
__section("from-pod")
int from_pod(struct __sk_buff *ctx)
{
	ctx_clear_meta(ctx);
	ctx_set_meta(ctx, META_SOURCE_ID, POD_ID);
	switch (ctx->protocol) {
#ifdef ENABLE_IPV4
	case to_be16(ETH_P_IP):
		dp_tail_call(ctx, CALL_IPV4);
		break;
#endif
#ifdef ENABLE_IPV6
	case to_be16(ETH_P_IPV6):
		dp_tail_call(ctx, CALL_IPV6);
		break;
#endif
	default:
		return VERDICT_PASS;
	}
	ctx_set_meta(ctx, META_DROP_REASON, ctx->protocol);
	dp_tail_call(ctx, CALL_DROP);
	return VERDICT_DROP;
}

__tail(CALL_TO_POD)
int tail_to_pod(struct __sk_buff *ctx)
{
	if (ctx_meta(ctx, META_TO_PROXY))
		return to_proxy(ctx);
	return VERDICT_PASS;
}

/* A packet that the node sends to the pod. */
__section("to-pod")
int to_pod(struct __sk_buff *ctx)
{
	struct connection_info info = {};
	struct tuple4 tuple = {};
	struct ports ports;
	struct ipv4 ip;

	ctx_clear_meta(ctx);
	if (load_ipv4(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	tuple.client = ip.source;
	tuple.server = ip.target;
	tuple.ports = ports;
	tuple.protocol = ip.protocol;
	if (find_connection(&connections4, &tuple, &info) == CONNECTION_REPLY && info.proxied)
		ctx_set_meta(ctx, META_TO_PROXY, 1);
	dp_tail_call(ctx, CALL_TO_POD);
	return VERDICT_DROP;
}

char _license[] __section("license") = "Dual BSD/GPL";
