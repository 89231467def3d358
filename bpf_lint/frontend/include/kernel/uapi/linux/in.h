#include <uapi/in_kernel_types.h>
#include <linux/in.h>
