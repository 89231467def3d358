#include <linux/bpf_perf_event.h>
