/* Stand-in for <sys/socket.h>: address families and socket types of Linux. */
#pragma once

#include <sys/types.h>

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOL_IP 0
#ifndef SOL_SOCKET
#define SOL_SOCKET 1
#endif
#ifndef SOL_TCP
#define SOL_TCP 6
#endif
#define SOL_UDP 17
#define SOL_IPV6 41

typedef unsigned int socklen_t;

#ifndef __BPF_LINT_VMLINUX__
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3

typedef unsigned short sa_family_t;

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};
#endif
