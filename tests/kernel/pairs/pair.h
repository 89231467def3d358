/* What the programs of this folder share. The numbers are those of tests/kernel/topologies. */
#pragma once

#include "bpf.h"

#define HOST_ETH0 10
#define HOST_LXC0 20
#define HOST_LXC1 21
#define HOST_VX0 70
#define HOST_VX1 72
#define HOST_TUN0 2
#define HOST_SOMEWHERE 10 /* eth0; that it is not told */
#define POD_ETH0 50

#define OUTSIDE 0x0a0000fe /* 10.0.0.254 */
#define NODE 0x0a000001 /* 10.0.0.1 */
#define BE16(value) __builtin_bswap16(value)
#define BE32(value) __builtin_bswap32(value)

enum { AF_INET = 2, ETHERNET = 14 };
enum { TO = 0, FROM = 6, IP_FROM = 26, IP_TO = 30 }; /* in an Ethernet frame with IPv4 */

/* The next hop of bpf_redirect_neigh(). */
struct next_hop {
	__u32 family;
	__be32 address[4];
};

struct bpf_elf_map {
	__u32 type;
	__u32 size_key;
	__u32 size_value;
	__u32 max_elem;
	__u32 flags;
	__u32 id;
	__u32 pinning;
};

#define ARRAY(name, value_type)                                                        \
	struct bpf_elf_map SEC("maps") name = {                                        \
		.type = BPF_MAP_TYPE_ARRAY,                                            \
		.size_key = sizeof(__u32),                                             \
		.size_value = sizeof(value_type),                                      \
		.max_elem = 4,                                                         \
	}

/* The programs in sections "ID/SLOT". */
#define CALLS(name, number)                                                            \
	struct bpf_elf_map SEC("maps") name = {                                        \
		.type = BPF_MAP_TYPE_PROG_ARRAY,                                       \
		.size_key = sizeof(__u32),                                             \
		.size_value = sizeof(__u32),                                           \
		.max_elem = 16,                                                        \
		.id = number,                                                          \
	}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define SEC_TAIL(id, slot) SEC(TEXT(id) "/" TEXT(slot))
