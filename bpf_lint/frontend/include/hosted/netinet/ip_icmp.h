/* Stand-in for <netinet/ip_icmp.h>. */
#pragma once

#include <netinet/in.h>
#include <linux/icmp.h>
