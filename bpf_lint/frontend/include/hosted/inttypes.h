/* Stand-in for <inttypes.h>. */
#pragma once

#include <stdint.h>
