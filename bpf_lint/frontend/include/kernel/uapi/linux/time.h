#include <linux/time.h>
