#include <uapi/in_kernel_types.h>
#include <linux/if_packet.h>
