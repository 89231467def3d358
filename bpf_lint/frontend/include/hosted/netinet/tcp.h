/* Stand-in for <netinet/tcp.h>. */
#pragma once

#include <netinet/in.h>
#include <linux/tcp.h>

#define SOL_TCP 6
