/* Map names as the agent chooses them. Stub headers give a map other names in other programs, and
 * a map that two programs share must have one name: the host writes the conntrack entry that the
 * pod's program reads.
 */
#ifdef CT_MAP_TCP4
# undef CT_MAP_TCP4
# define CT_MAP_TCP4 cilium_ct4_global
#endif
#ifdef CT_MAP_ANY4
# undef CT_MAP_ANY4
# define CT_MAP_ANY4 cilium_ct_any4_global
#endif
#ifdef CT_MAP_TCP6
# undef CT_MAP_TCP6
# define CT_MAP_TCP6 cilium_ct6_global
#endif
#ifdef CT_MAP_ANY6
# undef CT_MAP_ANY6
# define CT_MAP_ANY6 cilium_ct_any6_global
#endif
#undef CALLS_MAP
#define CALLS_MAP cilium_calls
#ifdef POLICY_CALL_MAP
# undef POLICY_CALL_MAP
# define POLICY_CALL_MAP cilium_call_policy
#endif
#ifdef POLICY_MAP
# undef POLICY_MAP
# define POLICY_MAP cilium_policy
#endif
#ifdef ENDPOINTS_MAP
# undef ENDPOINTS_MAP
# define ENDPOINTS_MAP cilium_lxc
#endif
#ifdef IPCACHE_MAP
# undef IPCACHE_MAP
# define IPCACHE_MAP cilium_ipcache
#endif
#undef POLICY_EGRESSCALL_MAP
#define POLICY_EGRESSCALL_MAP cilium_egresscall_policy
