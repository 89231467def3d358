#include <vmlinux.h>
