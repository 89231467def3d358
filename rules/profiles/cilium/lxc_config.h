/* Endpoint configuration of bpf_lxc.c (before 1.8): agent, WriteEndpointConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<lxc_config.h>)
# include_next <lxc_config.h>
#endif
#include "bpf-lint/restore.h"
