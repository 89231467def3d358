/* Headers of protocols as BCC's programs name them. */
#pragma once

#include <linux/types.h>

struct ethernet_t {
	unsigned long long dst : 48;
	unsigned long long src : 48;
	unsigned int type : 16;
} __attribute__((packed));

struct dot1q_t {
	unsigned short pri : 3;
	unsigned short cfi : 1;
	unsigned short vlanid : 12;
	unsigned short type;
} __attribute__((packed));

struct arp_t {
	unsigned short htype;
	unsigned short ptype;
	unsigned char hlen;
	unsigned char plen;
	unsigned short oper;
	unsigned long long sha : 48;
	unsigned long long spa : 32;
	unsigned long long tha : 48;
	unsigned int tpa;
} __attribute__((packed));

struct ip_t {
	unsigned char ver : 4;
	unsigned char hlen : 4;
	unsigned char tos;
	unsigned short tlen;
	unsigned short identification;
	unsigned short ffo_unused : 1;
	unsigned short df : 1;
	unsigned short mf : 1;
	unsigned short foffset : 13;
	unsigned char ttl;
	unsigned char nextp;
	unsigned short hchecksum;
	unsigned int src;
	unsigned int dst;
} __attribute__((packed));

struct udp_t {
	unsigned short sport;
	unsigned short dport;
	unsigned short length;
	unsigned short crc;
} __attribute__((packed));

struct tcp_t {
	unsigned short src_port;
	unsigned short dst_port;
	unsigned int seq_num;
	unsigned int ack_num;
	unsigned char offset : 4;
	unsigned char reserved : 4;
	unsigned char flag_cwr : 1;
	unsigned char flag_ece : 1;
	unsigned char flag_urg : 1;
	unsigned char flag_ack : 1;
	unsigned char flag_psh : 1;
	unsigned char flag_rst : 1;
	unsigned char flag_syn : 1;
	unsigned char flag_fin : 1;
	unsigned short rcv_wnd;
	unsigned short cksum;
	unsigned short urg_ptr;
} __attribute__((packed));

struct vxlan_t {
	unsigned int rsv1 : 4;
	unsigned int iflag : 1;
	unsigned int rsv2 : 3;
	unsigned int rsv3 : 24;
	unsigned int key : 24;
	unsigned int rsv4 : 8;
} __attribute__((packed));
