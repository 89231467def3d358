/* Stand-in for <sys/param.h>: programs for the kernel use nothing of it. */
#pragma once

#include <sys/types.h>
