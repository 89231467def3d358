/*
 * Device numbers of one node: all different, and small enough for the 16-bit fields of older
 * trees. Included after each header of the tree that defines some of them, so not guarded. The
 * profile says by macro name which namespace a number belongs to.
 */
#ifdef HOST_IFINDEX
# undef HOST_IFINDEX
# define HOST_IFINDEX 41001
#endif
#ifdef CILIUM_IFINDEX
# undef CILIUM_IFINDEX
# define CILIUM_IFINDEX 41002
#endif
#ifdef CILIUM_NET_IFINDEX
# undef CILIUM_NET_IFINDEX
# define CILIUM_NET_IFINDEX 41001
#endif
#ifdef CILIUM_HOST_IFINDEX
# undef CILIUM_HOST_IFINDEX
# define CILIUM_HOST_IFINDEX 41002
#endif
#ifdef DIRECT_ROUTING_DEV_IFINDEX
# undef DIRECT_ROUTING_DEV_IFINDEX
# define DIRECT_ROUTING_DEV_IFINDEX 41005
#endif
#ifdef WG_IFINDEX
# undef WG_IFINDEX
# define WG_IFINDEX 41007
#endif
