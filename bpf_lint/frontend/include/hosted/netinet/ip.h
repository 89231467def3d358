/* Stand-in for <netinet/ip.h>. */
#pragma once

#include <netinet/in.h>
#include <linux/ip.h>

#define IP_RF 0x8000
#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFMASK 0x1fff
