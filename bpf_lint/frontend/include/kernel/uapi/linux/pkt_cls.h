#include <uapi/in_kernel_types.h>
#include <linux/pkt_cls.h>
