/*
 * Stands in front of the tree's ep_config.h (see node_config.h): an agent writes these macros
 * for some endpoints only, the tree's header is one for all.
 */
#ifndef BPF_LINT_EP_CONFIG_H
#define BPF_LINT_EP_CONFIG_H

#pragma push_macro("ENABLE_ARP_RESPONDER")
#pragma push_macro("ENABLE_ROUTING")
#pragma push_macro("USE_BPF_PROG_FOR_INGRESS_POLICY")

#if __has_include_next(<ep_config.h>)
# include_next <ep_config.h>
#endif

#pragma pop_macro("ENABLE_ARP_RESPONDER")
#pragma pop_macro("ENABLE_ROUTING")
#pragma pop_macro("USE_BPF_PROG_FOR_INGRESS_POLICY")

#include "bpf-lint/ifindex.h"
#include "bpf-lint/maps.h"

#endif
