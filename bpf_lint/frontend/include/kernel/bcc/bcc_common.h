/* What programs that were begun with BCC take from it. */
#pragma once

#include <stdint.h>
#include <linux/types.h>
