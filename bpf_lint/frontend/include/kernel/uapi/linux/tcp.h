#include <linux/tcp.h>
