/* Empty stand-in for <stdio.h>: BPF programs that include it use nothing of it. */
#pragma once

#include <features.h>
#include <stddef.h>
