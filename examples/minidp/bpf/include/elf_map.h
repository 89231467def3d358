/* SPDX-License-Identifier: Apache-2.0 */
/* Map declarations as iproute2's loader reads them from the section "maps". */
#pragma once

#include "kernel.h"

#define PIN_OBJECT 1	/* private to the object */
#define PIN_NODE 2	/* one for all objects of the node */

struct bpf_elf_map {
	__u32 type;
	__u32 size_key;
	__u32 size_value;
	__u32 max_elem;
	__u32 flags;
	__u32 id;
	__u32 pinning;
	__u32 inner_id;
	__u32 inner_idx;
};

#define MAP(name) struct bpf_elf_map __section("maps") name
