/* Stand-in for <assert.h>. */
#pragma once

#define assert(condition) ((void)0)
#ifndef static_assert
#define static_assert _Static_assert
#endif
