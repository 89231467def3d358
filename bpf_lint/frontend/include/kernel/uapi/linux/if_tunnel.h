#include <linux/if_tunnel.h>
