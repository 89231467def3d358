#include <uapi/in_kernel_types.h>
#include <linux/seg6_local.h>
