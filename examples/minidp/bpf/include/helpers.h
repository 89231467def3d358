/* SPDX-License-Identifier: Apache-2.0 */
/* BPF helpers as variables that hold the helper's number, as iproute2's loader expects them. */
#pragma once

#include "kernel.h"

#define HELPER(result, name, number, ...) \
	static result (*name)(__VA_ARGS__) __unused_symbol = (void *)number

HELPER(void *, map_lookup, 1, const void *map, const void *key);
HELPER(int, map_update, 2, const void *map, const void *key, const void *value, __u64 flags);
HELPER(int, map_delete, 3, const void *map, const void *key);
HELPER(__u64, clock_ns, 5, void);
HELPER(int, skb_store, 9, struct __sk_buff *skb, __u32 offset, const void *from, __u32 size,
       __u64 flags);
HELPER(int, skb_csum_l3, 10, struct __sk_buff *skb, __u32 offset, __u64 from, __u64 to,
       __u64 flags);
HELPER(int, skb_csum_l4, 11, struct __sk_buff *skb, __u32 offset, __u64 from, __u64 to,
       __u64 flags);
HELPER(int, redirect, 23, __u32 ifindex, __u32 flags);
HELPER(int, skb_load, 26, const struct __sk_buff *skb, __u32 offset, void *to, __u32 size);
HELPER(int, fib_lookup, 69, void *skb, struct bpf_fib_lookup *params, __u32 size, __u32 flags);
HELPER(int, redirect_neigh, 152, __u32 ifindex, void *params, __u32 size, __u32 flags);
HELPER(int, redirect_peer, 155, __u32 ifindex, __u32 flags);
