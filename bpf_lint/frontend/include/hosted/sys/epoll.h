/* Stand-in for <sys/epoll.h>: programs for the kernel use nothing of it. */
#pragma once

#include <sys/types.h>
