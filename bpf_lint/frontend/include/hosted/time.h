/* Stand-in for <time.h>: the clocks. */
#pragma once

#include <sys/types.h>
#include <linux/time.h>
