/* Stand-in for <net/if_arp.h>. */
#pragma once

#include <linux/if_arp.h>
