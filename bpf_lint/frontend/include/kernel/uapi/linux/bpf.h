#include <linux/bpf.h>
