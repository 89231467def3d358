/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: one table per protocol, shared by every program of the node. */
#pragma once

#include "elf_map.h"
#include "packet.h"

enum connection_state {
	CONNECTION_NEW,
	CONNECTION_REPLY,
};

/* What the table holds. `ifindex` is the device at which a NodePort connection came in. */
struct connection {
	__u64 last_seen;
	__u32 packets;
	__u16 service;
	__u16 node_port : 1, proxied : 1, unused : 14;
	__u32 ifindex;
};

/* What a program knows about the connection of its packet. */
struct connection_info {
	__u16 service;
	__u8 node_port;
	__u8 proxied;
	__u32 ifindex;
};

MAP(connections4) = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.size_key = sizeof(struct tuple4),
	.size_value = sizeof(struct connection),
	.pinning = PIN_NODE,
	.max_elem = 65536,
};

MAP(connections6) = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.size_key = sizeof(struct tuple6),
	.size_value = sizeof(struct connection),
	.pinning = PIN_NODE,
	.max_elem = 65536,
};

static __always_inline enum connection_state
find_connection(const void *table, const void *tuple, struct connection_info *info)
{
	struct connection *found = map_lookup(table, tuple);

	if (!found)
		return CONNECTION_NEW;
	__sync_fetch_and_add(&found->packets, 1);
	found->last_seen = clock_ns();
	info->service = found->service;
	info->node_port = found->node_port;
	info->proxied = found->proxied;
	info->ifindex = found->ifindex;
	return CONNECTION_REPLY;
}

static __always_inline int create_connection(const void *table, const void *tuple,
					     const struct connection_info *info)
{
	struct connection entry = {
		.packets = 1,
		.service = info->service,
		.ifindex = info->ifindex,
	};

	entry.last_seen = clock_ns();
	entry.node_port = info->node_port;
	entry.proxied = info->proxied;
	return map_update(table, tuple, &entry, BPF_ANY) < 0 ? -1 : 0;
}
