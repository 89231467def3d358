#include <uapi/in_kernel_types.h>
#include <linux/seg6.h>
