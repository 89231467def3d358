/* SPDX-License-Identifier: Apache-2.0 */
/* The node's program, at its network card and at its own device. */
#define IS_HOST_PROGRAM

#include "node_config.h"
#include "lib/ctx.h"
#include "lib/fib.h"
#include "lib/local.h"
#include "lib/nodeport.h"
#include "lib/proxy.h"
#include "lib/tail.h"

__tail(CALL_NODEPORT4)
int tail_nodeport4(struct __sk_buff *ctx)
{
	return nodeport_in4(ctx);
}

__tail(CALL_NODEPORT6)
int tail_nodeport6(struct __sk_buff *ctx)
{
	return nodeport_in6(ctx);
}

/* A packet from the network. */
__section("from-uplink")
int from_uplink(struct __sk_buff *ctx)
{
	ctx_clear_meta(ctx);
	if (ctx->protocol == to_be16(ETH_P_IP))
		dp_tail_call(ctx, CALL_NODEPORT4);
	else if (ctx->protocol == to_be16(ETH_P_IPV6))
		dp_tail_call(ctx, CALL_NODEPORT6);
	else
		return VERDICT_PASS;
	return VERDICT_DROP;
}

/* A packet that the node's stack sends to a pod or to the network. */
__section("from-gateway")
int from_gateway(struct __sk_buff *ctx)
{
	struct ports ports;
	struct ipv4 ip;
	int verdict;

	if (ctx->mark == PROXY_PORT)
		return to_proxy(ctx);
	if (load_ipv4(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	verdict = deliver4(ctx, ip.target, 0);
	if (verdict != VERDICT_PASS)
		return verdict;
	return forward4(ctx, &ip);
}

char _license[] __section("license") = "Dual BSD/GPL";
