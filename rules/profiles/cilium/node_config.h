/* Node configuration: agent, WriteNodeConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<node_config.h>)
# include_next <node_config.h>
#endif
#include "bpf-lint/restore.h"

/* Before 1.8 the addresses of NodePort services are the node's (agent, WriteNodeConfig); the stubs
 * lack them.
 */
#if defined(ENABLE_NODEPORT) && __has_include(<bpf_netdev.c>)
# ifndef IPV4_NODEPORT
#  define IPV4_NODEPORT 0x0a0b0c0d
# endif
# if defined(DEFINE_IPV6) && !defined(BPF_LINT_IPV6_NODEPORT)
#  define BPF_LINT_IPV6_NODEPORT
DEFINE_IPV6(IPV6_NODEPORT, 0xfd, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
	    0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1);
# endif
#endif
