/* SPDX-License-Identifier: Apache-2.0 */
/* One name for everything that programs do to their packet. */
#pragma once

#include "helpers.h"

#define VERDICT_PASS TC_ACT_OK
#define VERDICT_DROP TC_ACT_SHOT
#define VERDICT_REDIRECT TC_ACT_REDIRECT

/* Scratch space of the packet, kept over tail calls. */
enum {
	META_SOURCE_ID,
	META_TO_PROXY,
	META_DROP_REASON,
};

static __always_inline void ctx_set_meta(struct __sk_buff *ctx, __u32 slot, __u32 value)
{
	ctx->cb[slot] = value;
}

static __always_inline __u32 ctx_meta(const struct __sk_buff *ctx, __u32 slot)
{
	return ctx->cb[slot];
}

static __always_inline void ctx_clear_meta(struct __sk_buff *ctx)
{
	ctx->cb[META_SOURCE_ID] = 0;
	ctx->cb[META_TO_PROXY] = 0;
	ctx->cb[META_DROP_REASON] = 0;
}

static __always_inline int ctx_redirect(const struct __sk_buff *ctx __unused_symbol,
					__u32 ifindex, __u32 flags)
{
	return redirect(ifindex, flags);
}

/* Sends the packet back out of the device it is on; right in every namespace. */
static __always_inline int ctx_hairpin(const struct __sk_buff *ctx)
{
	return redirect(ctx->ifindex, 0);
}

static __always_inline int ctx_set_macs(struct __sk_buff *ctx, const __u8 *source,
					const __u8 *target)
{
	if (skb_store(ctx, 0, target, ETH_ALEN, 0) < 0)
		return -1;
	return skb_store(ctx, ETH_ALEN, source, ETH_ALEN, 0);
}
