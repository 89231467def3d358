/* Interface indexes: the agent writes numbers of the node. Here each has a number of its own that
 * no other constant has, and that fits the 16 bits of `ct_state.ifindex`. The table `symbols` of
 * the profile says what they mean. Those that the agent does not always write stay undefined
 * where the command line does not define them.
 */
#ifdef NATIVE_DEV_IFINDEX
# undef NATIVE_DEV_IFINDEX
# define NATIVE_DEV_IFINDEX 41001
#endif
#ifdef DIRECT_ROUTING_DEV_IFINDEX
# undef DIRECT_ROUTING_DEV_IFINDEX
# define DIRECT_ROUTING_DEV_IFINDEX 41002
#else
# define DIRECT_ROUTING_DEV_IFINDEX 0 /* as the agent writes without BPF NodePort */
#endif
#ifdef HOST_IFINDEX
# undef HOST_IFINDEX
# define HOST_IFINDEX 41003
#endif
#ifdef CILIUM_IFINDEX
# undef CILIUM_IFINDEX
# define CILIUM_IFINDEX 41004
#endif
#ifdef ENCAP_IFINDEX
# undef ENCAP_IFINDEX
# define ENCAP_IFINDEX 41005
#endif
#ifdef ENCAP4_IFINDEX
# undef ENCAP4_IFINDEX
# define ENCAP4_IFINDEX 41006
#endif
#ifdef ENCAP6_IFINDEX
# undef ENCAP6_IFINDEX
# define ENCAP6_IFINDEX 41007
#endif
#ifdef ENCRYPT_IFACE
# undef ENCRYPT_IFACE
# define ENCRYPT_IFACE 41008
#endif
