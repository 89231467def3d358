/* Stand-in for <ctype.h>: programs for the kernel use nothing of it. */
#pragma once

#include <sys/types.h>
