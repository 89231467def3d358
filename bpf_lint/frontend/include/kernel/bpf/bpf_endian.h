/* What programs take from a <bpf/bpf_endian.h>. */
#pragma once

#define ___bpf_mvb(x, b, n, m) ((__u##b)(x) << (b - (n + 1) * 8) >> (b - 8) << (m * 8))
#define ___bpf_swab16(x) ((__u16)((((__u16)(x) & 0xff) << 8) | ((__u16)(x) >> 8)))
#define ___bpf_swab32(x) \
	((__u32)((((__u32)(x) & 0xff) << 24) | (((__u32)(x) & 0xff00) << 8) | \
		 (((__u32)(x) >> 8) & 0xff00) | ((__u32)(x) >> 24)))
#define ___bpf_swab64(x) \
	((__u64)(((__u64)___bpf_swab32((__u64)(x) & 0xffffffffULL) << 32) | \
		 ___bpf_swab32((__u64)(x) >> 32)))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __bpf_ntohs(x) __builtin_bswap16(x)
#define __bpf_ntohl(x) __builtin_bswap32(x)
#define __bpf_be64_to_cpu(x) __builtin_bswap64(x)
#define __bpf_constant_ntohs(x) ___bpf_swab16(x)
#define __bpf_constant_ntohl(x) ___bpf_swab32(x)
#define __bpf_constant_be64_to_cpu(x) ___bpf_swab64(x)
#else
#define __bpf_ntohs(x) (x)
#define __bpf_ntohl(x) (x)
#define __bpf_be64_to_cpu(x) (x)
#define __bpf_constant_ntohs(x) (x)
#define __bpf_constant_ntohl(x) (x)
#define __bpf_constant_be64_to_cpu(x) (x)
#endif
#define __bpf_htons(x) __bpf_ntohs(x)
#define __bpf_htonl(x) __bpf_ntohl(x)
#define __bpf_cpu_to_be64(x) __bpf_be64_to_cpu(x)
#define __bpf_constant_htons(x) __bpf_constant_ntohs(x)
#define __bpf_constant_htonl(x) __bpf_constant_ntohl(x)
#define __bpf_constant_cpu_to_be64(x) __bpf_constant_be64_to_cpu(x)

#define ___bpf_either(constant, variable, x) \
	(__builtin_constant_p(x) ? constant(x) : variable(x))
#define bpf_htons(x) ___bpf_either(__bpf_constant_htons, __bpf_htons, x)
#define bpf_ntohs(x) ___bpf_either(__bpf_constant_ntohs, __bpf_ntohs, x)
#define bpf_htonl(x) ___bpf_either(__bpf_constant_htonl, __bpf_htonl, x)
#define bpf_ntohl(x) ___bpf_either(__bpf_constant_ntohl, __bpf_ntohl, x)
#define bpf_cpu_to_be64(x) ___bpf_either(__bpf_constant_cpu_to_be64, __bpf_cpu_to_be64, x)
#define bpf_be64_to_cpu(x) ___bpf_either(__bpf_constant_be64_to_cpu, __bpf_be64_to_cpu, x)
