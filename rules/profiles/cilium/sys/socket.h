/* Address families for the socket programs of 1.4, which take them from the system's C library. */
#ifndef BPF_LINT_SOCKET
#define BPF_LINT_SOCKET

#define AF_INET 2
#define AF_INET6 10

#endif /* BPF_LINT_SOCKET */
