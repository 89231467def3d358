#include <uapi/in_kernel_types.h>
#include <linux/tc_act/tc_bpf.h>
