/* SPDX-License-Identifier: Apache-2.0 */
/* Packet headers, and the key that names a connection. */
#pragma once

#include "ctx.h"

struct ethernet {
	__u8 target[ETH_ALEN];
	__u8 source[ETH_ALEN];
	__be16 type;
} __attribute__((packed));

struct ipv4 {
	__u8 version_and_length;
	__u8 tos;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__u16 checksum;
	__be32 source;
	__be32 target;
};

struct ipv6_address {
	__u32 word[4];
};

struct ipv6 {
	__be32 version_and_flow;
	__be16 length;
	__u8 protocol;
	__u8 hop_limit;
	struct ipv6_address source;
	struct ipv6_address target;
};

struct ports {
	__be16 source;
	__be16 target;
};

struct tuple4 {
	__be32 client;
	__be32 server;
	struct ports ports;
	__u32 protocol;
};

struct tuple6 {
	struct ipv6_address client;
	struct ipv6_address server;
	struct ports ports;
	__u32 protocol;
};

static __always_inline int load_ipv4(struct __sk_buff *ctx, struct ipv4 *ip, struct ports *ports)
{
	if (skb_load(ctx, ETH_HLEN, ip, sizeof(*ip)) < 0)
		return -1;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return -1;
	return skb_load(ctx, ETH_HLEN + sizeof(*ip), ports, sizeof(*ports));
}

static __always_inline int load_ipv6(struct __sk_buff *ctx, struct ipv6 *ip, struct ports *ports)
{
	if (skb_load(ctx, ETH_HLEN, ip, sizeof(*ip)) < 0)
		return -1;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return -1;
	return skb_load(ctx, ETH_HLEN + sizeof(*ip), ports, sizeof(*ports));
}

static __always_inline int rewrite_ipv4(struct __sk_buff *ctx, __u32 member, __be32 from, __be32 to)
{
	if (skb_csum_l3(ctx, ETH_HLEN + offset_of(struct ipv4, checksum), from, to, 4) < 0)
		return -1;
	return skb_store(ctx, ETH_HLEN + member, &to, sizeof(to), 0);
}

static __always_inline int rewrite_ipv6(struct __sk_buff *ctx, __u32 member,
					const struct ipv6_address *to)
{
	return skb_store(ctx, ETH_HLEN + member, to, sizeof(*to), 0);
}
