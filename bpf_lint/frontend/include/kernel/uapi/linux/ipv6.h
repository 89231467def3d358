#include <uapi/in_kernel_types.h>
#include <linux/ipv6.h>
