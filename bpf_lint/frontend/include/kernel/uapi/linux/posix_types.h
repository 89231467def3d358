#include <linux/posix_types.h>
