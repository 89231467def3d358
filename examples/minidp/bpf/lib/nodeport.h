/* SPDX-License-Identifier: Apache-2.0 */
/* NodePort: the way in, run by the host's program, and the way back, run by the pod's. */
#pragma once

#include "config.h"
#include "conntrack.h"
#include "fib.h"
#include "local.h"
#include "tail.h"

struct service4 {
	__be32 backend;
	__be16 port;
	__u16 id;
};

struct service6 {
	struct ipv6_address backend;
	__be16 port;
	__u16 id;
};

struct origin4 {
	__be32 address;
	__be16 port;
	__u16 unused;
};

MAP(services4) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(__u32),
	.size_value = sizeof(struct service4),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

MAP(services6) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(__u32),
	.size_value = sizeof(struct service6),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

/* The address that a service is known by, to translate replies back. */
MAP(frontends4) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(__u16),
	.size_value = sizeof(__be32),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

MAP(frontends6) = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = sizeof(__u16),
	.size_value = sizeof(struct ipv6_address),
	.pinning = PIN_NODE,
	.max_elem = 4096,
};

#ifdef IS_HOST_PROGRAM
DECLARE_SETTING(__u32, uplink_ifindex) = 2;

static __always_inline int nodeport_in4(struct __sk_buff *ctx)
{
	struct connection_info info = {};
	struct service4 *service;
	struct tuple4 tuple = {};
	struct ports ports;
	struct ipv4 ip;
	__u32 port;

	if (load_ipv4(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	port = ports.target;
	service = map_lookup(&services4, &port);
	if (!service)
		return VERDICT_PASS;

	tuple.client = ip.source;
	tuple.server = service->backend;
	tuple.ports.source = ports.source;
	tuple.ports.target = service->port;
	tuple.protocol = ip.protocol;
	if (find_connection(&connections4, &tuple, &info) == CONNECTION_NEW) {
		info.service = service->id;
		info.node_port = 1;
		info.ifindex = UPLINK_IFINDEX;
		if (create_connection(&connections4, &tuple, &info) < 0)
			return VERDICT_DROP;
	}
	if (rewrite_ipv4(ctx, offset_of(struct ipv4, target), ip.target, service->backend) < 0)
		return VERDICT_DROP;
	return deliver4(ctx, service->backend, 1);
}

static __always_inline int nodeport_in6(struct __sk_buff *ctx)
{
	struct connection_info info = {};
	struct service6 *service;
	struct tuple6 tuple = {};
	struct ports ports;
	struct ipv6 ip;
	__u32 port;

	if (load_ipv6(ctx, &ip, &ports) < 0)
		return VERDICT_PASS;
	port = ports.target;
	service = map_lookup(&services6, &port);
	if (!service)
		return VERDICT_PASS;

	tuple.client = ip.source;
	tuple.server = service->backend;
	tuple.ports.source = ports.source;
	tuple.ports.target = service->port;
	tuple.protocol = ip.protocol;
	if (find_connection(&connections6, &tuple, &info) == CONNECTION_NEW) {
		info.service = service->id;
		info.node_port = 1;
		info.ifindex = SETTING(uplink_ifindex);
		if (create_connection(&connections6, &tuple, &info) < 0)
			return VERDICT_DROP;
	}
	if (rewrite_ipv6(ctx, offset_of(struct ipv6, target), &service->backend) < 0)
		return VERDICT_DROP;
	return deliver6(ctx, &service->backend, 1);
}
#endif /* IS_HOST_PROGRAM */

#ifdef IS_POD_PROGRAM
/* Finds the connection of a reply; its device comes back through `ifindex`. */
static __always_inline int nodeport_translate4(struct __sk_buff *ctx, const struct ipv4 *ip,
					       const struct ports *ports, __u32 *ifindex)
{
	struct connection_info info = {};
	struct tuple4 tuple = {
		.client = ip->target,
		.server = ip->source,
		.ports = { .source = ports->target, .target = ports->source },
		.protocol = ip->protocol,
	};
	__be32 *frontend;

	if (find_connection(&connections4, &tuple, &info) != CONNECTION_REPLY || !info.node_port)
		return -1;
	frontend = map_lookup(&frontends4, &info.service);
	if (!frontend)
		return -1;
	*ifindex = info.ifindex;
	return rewrite_ipv4(ctx, offset_of(struct ipv4, source), ip->source, *frontend);
}

static __always_inline int nodeport_translate6(struct __sk_buff *ctx, const struct ipv6 *ip,
					       const struct ports *ports, __u32 *ifindex)
{
	struct connection_info info = {};
	struct ipv6_address *frontend;
	struct tuple6 tuple = {};

	tuple.client = ip->target;
	tuple.server = ip->source;
	tuple.ports.source = ports->target;
	tuple.ports.target = ports->source;
	tuple.protocol = ip->protocol;
	if (find_connection(&connections6, &tuple, &info) != CONNECTION_REPLY || !info.node_port)
		return -1;
	frontend = map_lookup(&frontends6, &info.service);
	if (!frontend)
		return -1;
	*ifindex = info.ifindex;
	return rewrite_ipv6(ctx, offset_of(struct ipv6, source), frontend);
}

__tail(CALL_NODEPORT_REPLY4)
int tail_nodeport_reply4(struct __sk_buff *ctx)
{
	struct neighbour *neighbour;
	struct ports ports;
	__u32 ifindex = 0;
	struct ipv4 ip;

	if (load_ipv4(ctx, &ip, &ports) < 0)
		return VERDICT_DROP;
	if (nodeport_translate4(ctx, &ip, &ports, &ifindex) < 0)
		return VERDICT_PASS;
	neighbour = map_lookup(&neighbours4, &ip.target);
	if (neighbour) {
		if (ctx_set_macs(ctx, neighbour->ours, neighbour->theirs) < 0)
			return VERDICT_DROP;
	} else if (route4(ctx, &ip, ifindex) < 0) {
		return VERDICT_DROP;
	}
	return ctx_redirect(ctx, ifindex, 0);
}

__tail(CALL_NODEPORT_REPLY6)
int tail_nodeport_reply6(struct __sk_buff *ctx)
{
	struct neighbour *neighbour;
	struct ports ports;
	__u32 ifindex = 0;
	struct ipv6 ip;

	if (load_ipv6(ctx, &ip, &ports) < 0)
		return VERDICT_DROP;
	if (nodeport_translate6(ctx, &ip, &ports, &ifindex) < 0)
		return VERDICT_PASS;
	neighbour = map_lookup(&neighbours6, &ip.target);
	if (neighbour) {
		if (ctx_set_macs(ctx, neighbour->ours, neighbour->theirs) < 0)
			return VERDICT_DROP;
	} else if (route6(ctx, &ip, ifindex) < 0) {
		return VERDICT_DROP;
	}
	return ctx_redirect(ctx, ifindex, 0);
}
#endif /* IS_POD_PROGRAM */
