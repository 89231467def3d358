/* Stand-in for <bits/socket_type.h>. */
#pragma once

#include <sys/socket.h>
