#include <linux/pkt_sched.h>
