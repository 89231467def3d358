/* Booleans for trees before 1.8, which take them from the compiler's own headers. */
#ifndef BPF_LINT_STDBOOL
#define BPF_LINT_STDBOOL

#define bool _Bool
#define true 1
#define false 0

#endif /* BPF_LINT_STDBOOL */
