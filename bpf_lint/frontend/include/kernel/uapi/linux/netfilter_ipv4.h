#include <uapi/in_kernel_types.h>
#include <linux/netfilter_ipv4.h>
