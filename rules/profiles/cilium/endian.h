/* Byte order of the target for trees before 1.8, which take it from the system's C library. */
#ifndef BPF_LINT_ENDIAN
#define BPF_LINT_ENDIAN

#define __LITTLE_ENDIAN 1234
#define __BIG_ENDIAN 4321
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
# define __BYTE_ORDER __LITTLE_ENDIAN
#else
# define __BYTE_ORDER __BIG_ENDIAN
#endif

#endif /* BPF_LINT_ENDIAN */
