/* Stand-in for <arpa/inet.h>. */
#pragma once

#include <netinet/in.h>
