"""A letter too many in any value, under any key that a configuration may have."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bpf_lint.config.schema import Probe
from bpf_lint.config.user_schema import UserConfiguration
from tests.cli.conftest import Lint
from tests.toml import load_toml

# Text for people, and tests of a tree, which may fail by design.
FREE = {"description", "source", "probes", "kernel_probes", "OPTION"}
PROGRAM = """\
#include "lib.h"
#include "stub.h"
#define SEC(name) __attribute__((section(name), used))
#ifdef WITH_SPARE
int spare_option;
#endif
#if OPTION
int option;
#endif
struct __sk_buff { int ifindex; };
struct endpoint { int ifindex; int mac; int kind; int flags; };
struct { int (*type)[1]; int *key; struct endpoint *value; } endpoints SEC(".maps");
struct { int (*type)[3]; int (*max_entries)[2]; int *key; int *value; } calls SEC(".maps");
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static long (*bpf_redirect_peer)(int ifindex, unsigned long long flags) = (void *)155;
static void (*bpf_tail_call)(void *ctx, void *map, int index) = (void *)12;
static struct endpoint *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
const volatile int uplink;
const volatile int limit;
int patched SEC(".data.patched");
int scratch SEC(".data.scratch");

SEC("calls/1") __attribute__((btf_decl_tag("slot:calls/1"))) int in_slot(struct __sk_buff *skb)
{
	return patched + scratch;
}
static int send_v4(int to) { return bpf_redirect(to, limit); }
SEC("tc") int from_pod(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &calls, 0);
	bpf_tail_call(skb, &calls, 1);
	return send_v4(uplink);
}
SEC("tc") int to_pod(struct __sk_buff *skb)
{
	int key = 0;
	struct endpoint *to = bpf_map_lookup_elem(&endpoints, &key);
	return to ? bpf_redirect_peer(to->ifindex, 0) : 0;
}
SEC("tc") int spare(struct __sk_buff *skb) { return bpf_redirect(skb->ifindex, 0); }
"""
RULE = """\
id = "mine"
title = "mine"
event = "redirect"
when = "target.unknown"
message = "mine"
suggestion = "none"
description = "none"
kernel = "net/core/filter.c"
evidence = ["net/core/filter.c"]
status = "preview"
[bad]
code = "x"
[good]
code = "y"
"""
WHOLE = """\
profile = "generic"
rules = ["mine.toml"]
select = ["cross-*"]
ignore = ["mine"]
baseline = "known.json"
unattached = ["spare"]
only_modes = ["a"]
exclude = ["old.c"]
patched_sections = [".data.patched"]
scratch_sections = [".data.scratch"]
tail_sections = ["{map}/{index}"]
tail_tags = ["slot:{map}/{index}"]

[front_end]
flags = ["-target", "bpf", "-std=gnu11", "-Iinc"]
include = "stubs"
optional = false

[families]
IPv4 = ["*_v4"]

[values]
limit = 0

[[per_path]]
path = "pod.c"
ignore = ["mine"]
optional = false

[modes.a]
description = "the first"
source = "nobody"
probes = [{ path = "pod.c" }]
defines = ["OPTION=1"]
programs = { "pod.c" = ["WITH_SPARE"] }
values = { limit = 0 }
optional = false

[configurations.one]
description = "the only one"
source = "nobody"
modes = ["a"]
defines = ["OPTION=1"]
programs = { "pod.c" = ["WITH_SPARE"] }
values = { limit = 0 }
probes = [{ path = "pod.c" }]
kernel = "5.10"
kernel_probes = [{ path = "pod.c" }]
optional = false

[[programs]]
path = "pod.c"
defines = ["OPTION=1"]
modes = ["a"]
when = "OPTION"
values = { limit = 0 }
probes = [{ path = "pod.c" }]
optional = false

[devices.pod]
kind = "netkit"
netns = "host"
peer_netns = "pod"
modes = ["a"]
l2_header = true
xdp_peer = false
collect_metadata = false
keeps_mark = true
description = "a pod's"
optional = false

[devices.uplink]
kind = "ethernet"
netns = "host"

[devices.inner]
kind = "ipvlan"
netns = "pod"
master = "bridge"

[devices.bridge]
kind = "bridge"
netns = "pod"

[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-ingress"
device = "pod"
modes = ["a"]
configurations = ["one"]
when = "OPTION"
source = "nobody"
optional = false

[[attachments]]
program = "pod.c"
entries = ["to_pod"]
hook = "tc-ingress"
device = "uplink"
assumed = true

[[attachments]]
program = "pod.c"
entries = ["spare"]
hook = "tc-egress"
device = "inner"

[[symbols]]
name = "uplink"
netns = "host"
device = "uplink"
programs = ["pod.c"]
modes = ["a"]
when = "OPTION"
zero = false
description = "the way out"
optional = false

[[fields]]
field = "endpoint.ifindex"
netns = "host"
device = "pod"
under = { "endpoint.kind" = [1] }
flags = { "endpoint.flags" = 2 }
without = { "endpoint.flags" = 4 }
programs = ["pod.c"]
modes = ["a"]
zero = true
description = "of a pod"
optional = false

[[prog_arrays]]
map = "calls"
programs = ["pod.c:in_slot"]
own = false
index = 0
description = "tail calls"
optional = false

[options]
OPTION = "--option"
"""
# Where a value stands: between the quotes, or as the name of a table or key that is a name.
VALUE = re.compile(r'"([^"\n]*)"')
NAMED = re.compile(r"^\[(?:modes|devices|configurations)\.(\w+)\]|^(limit) = |\{ (limit) = ", re.M)


@pytest.fixture
def whole(project: Path) -> Path:
    """A project that a configuration with every key describes."""
    bpf = project / "bpf"
    (bpf / "pod.c").write_text(PROGRAM)
    (bpf / "old.c").write_text("int old;\n")
    for folder, name in (("inc", "lib.h"), ("stubs", "stub.h")):
        (bpf / folder).mkdir()
        (bpf / folder / name).write_text("")
    (bpf / "known.json").write_text(json.dumps({"version": 1, "findings": []}))
    (bpf / "mine.toml").write_text(RULE)
    (bpf / "bpf-lint.toml").write_text(WHOLE)
    return bpf / "bpf-lint.toml"


def keys(kind: Any) -> Iterator[str]:
    """Every key below a type, "table.key"."""
    for field in msgspec.structs.fields(kind):
        yield f"{kind.__name__}.{field.name}"
        for one in [field.type, *typing.get_args(field.type)]:
            if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not Probe:
                yield from keys(one)


def written(data: Any, kind: Any) -> Iterator[str]:
    """The keys that a configuration has, in the same words."""
    for field in msgspec.structs.fields(kind):
        if field.name in data:
            yield f"{kind.__name__}.{field.name}"
            for one in [field.type, *typing.get_args(field.type)]:
                if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not Probe:
                    value = data[field.name]
                    many = isinstance(value, list) or typing.get_origin(field.type) is dict
                    tables = value if isinstance(value, list) else value.values()
                    for table in tables if many else [value]:
                        yield from written(table, one)


def test_the_configuration_has_every_key() -> None:
    assert set(keys(UserConfiguration)) == set(written(load_toml(WHOLE), UserConfiguration))


def test_it_fits(whole: Path, lint: Lint) -> None:
    done = lint("bpf")
    assert (done.code, done.err) == (1, ""), done.out


def places() -> list[tuple[int, str]]:
    """Where a letter can be too many, and the value with it."""
    found = []
    for match in [*VALUE.finditer(WHOLE), *NAMED.finditer(WHOLE)]:
        line = WHOLE[WHOLE.rfind("\n", 0, match.start()) + 1 : match.start()] + match[0]
        if line.split(" =")[0] not in FREE:
            end = max(match.end(one) for one in range(1, len(match.groups()) + 1))
            value = next(one for one in match.groups() if one is not None)
            name, equals, _ = value.partition("=")
            if equals and line.startswith("defines"):
                end, value = match.start(1) + len(name), name
            found.append((end, f"{value}x"))
    return found


@pytest.mark.parametrize(("end", "value"), places(), ids=lambda one: str(one))
def test_a_letter_too_many_is_shown(whole: Path, lint: Lint, end: int, value: str) -> None:
    line = WHOLE.count("\n", 0, end) + 1
    whole.write_text(f"{WHOLE[:end]}x{WHOLE[end:]}")
    done = lint("bpf")
    assert done.code == 2
    assert value in done.err
    assert "bpf-lint.toml:" in done.err
    # A name of a table is missed where it is used; of two namespaces either may be the right one.
    if not re.match(r"\[|netns", WHOLE.splitlines()[line - 1]):
        assert f"bpf-lint.toml:{line}: " in done.err


def test_a_letter_too_many_in_any_key_is_shown(whole: Path, lint: Lint) -> None:
    names = {name.rpartition(".")[2] for name in keys(UserConfiguration)}
    for match in re.finditer(r"^(\w+) =|^\[\[?(\w+)[\].]", WHOLE, re.MULTILINE):
        name = match[1] or match[2]
        if name in names:
            end = match.end(1 if match[1] else 2)
            whole.write_text(f"{WHOLE[:end]}x{WHOLE[end:]}")
            done = lint("bpf")
            assert (done.code, f'"{name}x"' in done.err) == (2, True), (name, done.err)
