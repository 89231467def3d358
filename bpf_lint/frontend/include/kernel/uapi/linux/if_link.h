#include <linux/if_link.h>
