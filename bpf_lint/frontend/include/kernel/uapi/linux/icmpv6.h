#include <uapi/in_kernel_types.h>
#include <linux/icmpv6.h>
