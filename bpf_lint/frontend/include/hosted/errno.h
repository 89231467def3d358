/* Stand-in for <errno.h>: the kernel's numbers. */
#pragma once

#include <linux/errno.h>
