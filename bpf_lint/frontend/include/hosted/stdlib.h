/* Stand-in for <stdlib.h>. */
#pragma once

#include <features.h>
#include <stddef.h>
