/* Stand-in for <fcntl.h>. */
#pragma once

#include <linux/fcntl.h>
