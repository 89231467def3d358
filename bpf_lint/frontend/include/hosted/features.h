/* Stand-in for <features.h>: what BPF code takes from it. */
#pragma once

#ifndef __always_inline
#define __always_inline __inline __attribute__((__always_inline__))
#endif
