/*
 * Map names as the agent chooses them, where the tree lets its configuration headers choose
 * (until 2025): one name for a map that several programs share.
 */
#ifdef CALLS_MAP
# undef CALLS_MAP
# define CALLS_MAP cilium_calls
#endif
#ifdef POLICY_CALL_MAP
# undef POLICY_CALL_MAP
# undef POLICY_EGRESSCALL_MAP
# define POLICY_CALL_MAP cilium_call_policy
# define POLICY_EGRESSCALL_MAP cilium_egresscall_policy
#endif
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
