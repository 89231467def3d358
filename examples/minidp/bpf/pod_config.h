/* SPDX-License-Identifier: Apache-2.0 */
/* Stub: the agent writes this file for every pod. The values only let the tree compile. */
#pragma once

#define POD_ID 4711
#define ENABLE_IPV4
#define ENABLE_IPV6
