/* Configuration of programs that are not an endpoint's: agent, WriteNetdevConfig. */
#include "bpf-lint/save.h"
#if __has_include_next(<netdev_config.h>)
# include_next <netdev_config.h>
#endif
#include "bpf-lint/restore.h"
