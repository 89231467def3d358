#include <linux/udp.h>
