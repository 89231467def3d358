#include <uapi/in_kernel_types.h>
#include <linux/time_types.h>
