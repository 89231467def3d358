/* Stand-in for <unistd.h>: programs for the kernel use nothing of it. */
#pragma once

#include <sys/types.h>
