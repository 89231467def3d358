/* Trees before 1.8 include the C library's header, and use these few names of it. */
#ifndef BPF_LINT_STDIO
#define BPF_LINT_STDIO

typedef __SIZE_TYPE__ size_t;

#ifndef NULL
# define NULL ((void *)0)
#endif

#ifndef __always_inline
# define __always_inline __inline __attribute__((__always_inline__))
#endif

#endif /* BPF_LINT_STDIO */
