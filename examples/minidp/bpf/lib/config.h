/* SPDX-License-Identifier: Apache-2.0 */
/* Load-time configuration: constants that the loader patches before the verifier sees them. */
#pragma once

#include "kernel.h"

#define DECLARE_SETTING(type, name) \
	__section(".rodata.settings") const volatile type __setting_##name
#define SETTING(name) (*(const volatile typeof(__setting_##name) *)&__setting_##name)
