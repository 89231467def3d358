#include <uapi/in_kernel_types.h>
#include <linux/pkt_sched.h>
