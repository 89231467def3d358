/* Stand-in for <sys/stat.h>: programs for the kernel use nothing of it. */
#pragma once

#include <sys/types.h>
#include <linux/stat.h>
