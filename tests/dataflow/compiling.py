"""Compiles C snippets for the tests of the dataflow; knows nothing of the dataflow itself."""

from __future__ import annotations

import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from bpf_lint import ir
from bpf_lint.frontend import FrontEnd

PRELUDE = """\
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
typedef unsigned long long u64; typedef signed char s8; typedef short s16; typedef int s32;
typedef long long s64; typedef _Bool bool;
struct __sk_buff { u32 len; u32 mark; u32 cb[5]; u32 ifindex; u32 ingress_ifindex;
                   u32 protocol; u32 data; u32 data_end; };
struct xdp_md { u32 data; u32 data_end; u32 ingress_ifindex; };
struct bpf_fib_lookup { u8 family; u8 protocol; u16 sport; u16 dport; u16 len; u32 ifindex;
                        u8 rest[40]; u8 smac[6]; u8 dmac[6]; };
#define SEC(name) __attribute__((section(name), used))
#define inline_ static inline __attribute__((always_inline))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags)
    = (void *)2;
static long (*bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static long (*bpf_clone_redirect)(void *skb, u32 ifindex, u64 flags) = (void *)13;
static long (*bpf_redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*bpf_redirect_map)(void *map, u64 key, u64 flags) = (void *)51;
static long (*bpf_fib_lookup)(void *ctx, void *params, int plen, u32 flags) = (void *)69;
static long (*bpf_redirect_neigh)(u32 ifindex, void *params, int plen, u64 flags) = (void *)152;
static long (*bpf_for_each_map_elem)(void *map, void *callback, void *ctx, u64 flags)
    = (void *)164;
static long (*bpf_loop)(u32 nr, void *callback, void *ctx, u64 flags) = (void *)181;
int unknown(void);
"""

LAYOUTS = (
    "__sk_buff.ifindex",
    "__sk_buff.ingress_ifindex",
    "__sk_buff.cb",
    "__sk_buff.protocol",
    "__sk_buff.data",
    "xdp_md.data",
    "xdp_md.ingress_ifindex",
    "bpf_fib_lookup.ifindex",
    "bpf_fib_lookup.smac",
    "bpf_fib_lookup.dmac",
)
FRONT_END = FrontEnd()
_FOLDER = tempfile.TemporaryDirectory(prefix="snippets")
_NUMBERS = count()


@cache
def compile_c(source: str, roots: tuple[str, ...] = ("f",), name: str = "") -> ir.Unit:
    """The unit of a snippet."""
    path = Path(_FOLDER.name) / (name or f"snippet{next(_NUMBERS)}.c")
    path.write_text(source)
    path.with_name("prelude.h").write_text(PRELUDE)
    flags = ("-target", "bpf", "-O2", "-Wno-everything", "-include", "prelude.h")
    unit = FRONT_END.parse(str(path), flags, _FOLDER.name, LAYOUTS, roots)
    assert unit.errors == (), unit.errors
    return unit
