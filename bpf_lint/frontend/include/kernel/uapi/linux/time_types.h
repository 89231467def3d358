#include <linux/time_types.h>
