#include <linux/seg6_local.h>
