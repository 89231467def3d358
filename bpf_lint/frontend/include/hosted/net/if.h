/* Stand-in for <net/if.h>. */
#pragma once

#include <linux/if.h>

#define IF_NAMESIZE 16
