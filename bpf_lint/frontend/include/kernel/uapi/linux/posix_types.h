#include <uapi/in_kernel_types.h>
#include <linux/posix_types.h>
