#include <linux/if_vlan.h>
