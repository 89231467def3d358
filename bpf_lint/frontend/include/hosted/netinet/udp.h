/* Stand-in for <netinet/udp.h>. */
#pragma once

#include <netinet/in.h>
#include <linux/udp.h>
