/* Macros that the agent decides, and that the stub headers of a checkout define without asking.
 * Saved before a stub is read, restored after it (restore.h): what counts is the command line.
 */
#pragma push_macro("ENABLE_ARP_RESPONDER")
#pragma push_macro("ENABLE_ARP_PASSTHROUGH")
#pragma push_macro("ENABLE_IDENTITY_MARK")
#pragma push_macro("ENABLE_IPSEC")
#pragma push_macro("ENABLE_MASQUERADE")
#pragma push_macro("ENCAP_IFINDEX")
#pragma push_macro("ENCAP_VXLAN")
#pragma push_macro("ENCAP_GENEVE")
#pragma push_macro("NATIVE_DEV_IFINDEX")
#pragma push_macro("DIRECT_ROUTING_DEV_IFINDEX")
#pragma push_macro("CONNTRACK")
#pragma push_macro("CONNTRACK_ACCOUNTING")
#pragma push_macro("DROP_NOTIFY")
#pragma push_macro("TRACE_NOTIFY")
#pragma push_macro("POLICY_VERDICT_NOTIFY")
#pragma push_macro("LOCAL_DELIVERY_METRICS")
#pragma push_macro("DEBUG")
#pragma push_macro("LB_DEBUG")
#pragma push_macro("HANDLE_NS")
#pragma push_macro("FROM_HOST")
#pragma push_macro("LB_L3")
#pragma push_macro("LB_L4")
#pragma push_macro("LB_REDIRECT")
#pragma push_macro("LB_DST_MAC")
#pragma push_macro("IPV4_SNAT_EXCLUSION_DST_CIDR")

/* Some stubs define these as variables: the names must be free meanwhile. */
#pragma push_macro("SECCTX_FROM_IPCACHE")
#undef SECCTX_FROM_IPCACHE
#pragma push_macro("HOST_EP_ID")
#undef HOST_EP_ID
