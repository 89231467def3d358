/* SPDX-License-Identifier: Apache-2.0 */
/* Packets for the node's L7 proxy. */
#pragma once

#include "ctx.h"
#include "node_config.h"

/* Turns a packet around to the proxy, which listens behind the node's own device. */
static __always_inline int to_proxy(struct __sk_buff *ctx)
{
	ctx->mark = PROXY_PORT;
	return ctx_redirect(ctx, GATEWAY_IFINDEX, BPF_F_INGRESS);
}
