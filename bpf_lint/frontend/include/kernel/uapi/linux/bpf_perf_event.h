#include <uapi/in_kernel_types.h>
#include <linux/bpf_perf_event.h>
