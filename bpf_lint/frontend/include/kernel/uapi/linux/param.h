#include <linux/param.h>
