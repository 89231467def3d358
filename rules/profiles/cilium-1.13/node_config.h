/*
 * Stands in front of the tree's node_config.h, which serves test compilation: takes what the
 * tree has, then restores the macros that an agent writes only under some options, so that they
 * are what the configuration says (-D) or undefined.
 */
#ifndef BPF_LINT_NODE_CONFIG_H
#define BPF_LINT_NODE_CONFIG_H

#pragma push_macro("ENABLE_ARP_RESPONDER")
#pragma push_macro("ENABLE_ARP_PASSTHROUGH")
#pragma push_macro("ENABLE_ENDPOINT_ROUTES")
#pragma push_macro("ENABLE_IPV4_FRAGMENTS")
#pragma push_macro("ENABLE_IPV6_FRAGMENTS")
#pragma push_macro("IS_L3_DEV")

#if __has_include_next(<node_config.h>)
# include_next <node_config.h>
#endif

#pragma pop_macro("ENABLE_ARP_RESPONDER")
#pragma pop_macro("ENABLE_ARP_PASSTHROUGH")
#pragma pop_macro("ENABLE_ENDPOINT_ROUTES")
#pragma pop_macro("ENABLE_IPV4_FRAGMENTS")
#pragma pop_macro("ENABLE_IPV6_FRAGMENTS")
#pragma pop_macro("IS_L3_DEV")

/* An agent lists the devices without Ethernet header; a configuration has one or none. */
#undef IS_L3_DEV
#ifdef L3_DEV_IFINDEX
# define IS_L3_DEV(ifindex) ((ifindex) == L3_DEV_IFINDEX)
#else
# define IS_L3_DEV(ifindex) 0
#endif

#include "bpf-lint/ifindex.h"
#include "bpf-lint/maps.h"

#endif
