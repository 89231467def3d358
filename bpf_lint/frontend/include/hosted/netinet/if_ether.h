/* Stand-in for <netinet/if_ether.h>. */
#pragma once

#include <linux/if_ether.h>
