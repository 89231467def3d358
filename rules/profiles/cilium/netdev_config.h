/* Configuration of programs that are not an endpoint's: agent, WriteNetdevConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<netdev_config.h>)
# include_next <netdev_config.h>
#endif
#include "bpf-lint/restore.h"

/* On the command line of these programs: bpf/init.sh:bpf_load. */
#ifndef NODE_MAC
# define NODE_MAC { .addr = { 0x2, 0x0, 0x0, 0x0, 0x0, 0x1 } }
#endif
