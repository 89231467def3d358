/* SPDX-License-Identifier: Apache-2.0 */
/* Tail calls between the programs of one object. */
#pragma once

#include "elf_map.h"
#include "helpers.h"

#define CALLS_ID 2

#define CALL_DROP 1
#define CALL_IPV4 2
#define CALL_IPV6 3
#define CALL_NODEPORT_REPLY4 4
#define CALL_NODEPORT_REPLY6 5
#define CALL_NODEPORT4 6
#define CALL_NODEPORT6 7
#define CALL_TO_POD 8
#define CALL_COUNT 9

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
/* The loader puts a program of section "ID/KEY" into slot KEY of the prog array with that id. */
#define __tail(key) __section(TEXT(CALLS_ID) "/" TEXT(key))

MAP(calls_map) = {
	.type = BPF_MAP_TYPE_PROG_ARRAY,
	.id = CALLS_ID,
	.size_key = sizeof(__u32),
	.size_value = sizeof(__u32),
	.pinning = PIN_OBJECT,
	.max_elem = CALL_COUNT,
};

/* In assembly, so that the slot stays a constant and the kernel can jump directly. */
static __always_inline void tail_call_static(const struct __sk_buff *ctx, const void *map,
					     const __u32 slot)
{
	asm volatile("r1 = %[ctx]\n\t"
		     "r2 = %[map]\n\t"
		     "r3 = %[slot]\n\t"
		     "call 12\n\t"
		     :
		     : [ctx] "r"(ctx), [map] "r"(map), [slot] "i"(slot)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
}

#define dp_tail_call(ctx, slot) tail_call_static(ctx, &calls_map, slot)
