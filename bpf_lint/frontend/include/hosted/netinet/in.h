/* Stand-in for <netinet/in.h>: the kernel's types, and libc's names for them. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>
#include <linux/in.h>
#include <linux/in6.h>

typedef uint32_t in_addr_t;
typedef uint16_t in_port_t;
#ifndef htons
uint16_t htons(uint16_t value);
uint16_t ntohs(uint16_t value);
uint32_t htonl(uint32_t value);
uint32_t ntohl(uint32_t value);
#endif
#define INET_ADDRSTRLEN 16
#define INET6_ADDRSTRLEN 46
