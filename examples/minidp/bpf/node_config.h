/* SPDX-License-Identifier: Apache-2.0 */
/* Stub: the agent writes this file for the node. The values only let the tree compile. */
#pragma once

#ifndef UPLINK_IFINDEX
#define UPLINK_IFINDEX 2	/* the node's network card */
#endif
#ifndef GATEWAY_IFINDEX
#define GATEWAY_IFINDEX 3	/* dp_net, the node's own end of the datapath */
#endif
#define PROXY_PORT 15001
