#include <uapi/in_kernel_types.h>
#include <linux/compiler.h>
