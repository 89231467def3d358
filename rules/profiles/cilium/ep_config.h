/* Endpoint configuration of bpf_lxc.c and bpf_host.c (1.8 and later): agent, WriteEndpointConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<ep_config.h>)
# include_next <ep_config.h>
#endif
#include "bpf-lint/restore.h"
