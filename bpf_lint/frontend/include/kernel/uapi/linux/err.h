#include <linux/err.h>
