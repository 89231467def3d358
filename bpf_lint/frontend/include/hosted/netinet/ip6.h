/* Stand-in for <netinet/ip6.h>. */
#pragma once

#include <netinet/in.h>
#include <linux/ipv6.h>
