/*
 * Stands in front of the tree's netdev_config.h (see node_config.h).
 */
#ifndef BPF_LINT_NETDEV_CONFIG_H
#define BPF_LINT_NETDEV_CONFIG_H

#if __has_include_next(<netdev_config.h>)
# include_next <netdev_config.h>
#endif

#include "bpf-lint/ifindex.h"
#include "bpf-lint/maps.h"

#endif
