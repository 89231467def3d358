#include <uapi/in_kernel_types.h>
#include <linux/bpf_common.h>
