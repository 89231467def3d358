#include <bpf/bpf_helper_defs.h>
