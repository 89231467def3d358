/* Node configuration: agent, WriteNodeConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<node_config.h>)
# include_next <node_config.h>
#endif
#include "bpf-lint/restore.h"
