#include <uapi/in_kernel_types.h>
#include <linux/perf_event.h>
