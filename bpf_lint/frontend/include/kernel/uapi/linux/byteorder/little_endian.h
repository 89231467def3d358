#include <uapi/in_kernel_types.h>
#include <linux/byteorder/little_endian.h>
