#include <bpf/bpf_core_read.h>
