"""The headers that come with bpf-lint: complete, consistent, and laid out as the kernel's."""

from __future__ import annotations

import platform
import re
import signal
from pathlib import Path

import btf
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.sources.supplied import FREESTANDING
from tests.headers.layouts import Layout, parse, records

ROOT = Path(__file__).resolve().parents[2]
OURS = Path(FREESTANDING)
FOLDERS = [OURS, OURS / "hosted", OURS / "kernel"]
NAMES = sorted(
    path.relative_to(folder).as_posix()
    for folder in FOLDERS[1:]
    for path in folder.rglob("*.h")
    if "kernel" not in path.relative_to(folder).parts
)
GENERATED = re.compile(r"from the BTF of Linux (\d+\.\d+)")
needs_btf = pytest.mark.skipif(not btf.RUNNING.exists(), reason="this kernel shows no BTF")


def errors(text: str) -> list[str]:
    return [str(one) for one in parse(text, FOLDERS).diagnostics if one.severity >= 3]


def includes(*names: str) -> str:
    return "".join(f"#include <{name}>\n" for name in names)


def without_vmlinux() -> list[str]:
    """Headers that do not go back to the kernel's own records."""
    own = OURS / "kernel"
    kernels = {n for n in NAMES if (own / n).exists() and "vmlinux.h>" in (own / n).read_text()}
    return [n for n in NAMES if n not in kernels and "vmlinux" not in n]


@pytest.mark.parametrize("name", NAMES)
def test_each_header_can_be_included_alone_and_twice(name: str) -> None:
    before = () if not name.endswith(("bpf_endian.h",)) else ("linux/types.h",)
    assert errors(includes(*before, name, name)) == []


def test_all_headers_can_be_included_together() -> None:
    assert errors(includes(*without_vmlinux())) == []


def test_all_headers_can_be_included_after_vmlinux() -> None:
    assert errors(includes("vmlinux.h", *NAMES)) == []


@pytest.mark.parametrize("first", ["vmlinux.h", "linux/bpf.h"])
def test_programs_of_every_style_are_read(first: str) -> None:
    program = (ROOT / "tests" / "headers" / "styles.c").read_text()
    found = errors("#define __TARGET_ARCH_x86 1\n" + includes(first) + program)
    assert [one for one in found if "int-conversion" not in one] == []


def test_numbers_of_signals_and_verdicts_are_those_of_the_kernel() -> None:
    """include/uapi/asm-generic/signal.h, include/uapi/linux/pkt_cls.h."""
    numbers = {name: int(getattr(signal, name)) for name in ("SIGUSR1", "SIGUSR2", "SIGKILL")}
    numbers["TC_ACT_VALUE_MAX"] = 8
    checks = "".join(f'_Static_assert({n} == {v}, "{n}");\n' for n, v in numbers.items())
    assert errors(includes("signal.h", "linux/pkt_cls.h") + checks) == []


def test_every_helper_of_the_kernel_model_is_declared_with_its_number() -> None:
    text = (OURS / "kernel" / "bpf" / "bpf_helper_defs.h").read_text()
    declared = {
        name: int(number)
        for name, number in re.findall(r"\(\*const bpf_(\w+)\).*= \(void \*\)(\d+);", text)
    }
    model = Catalogue(data_folder()).kernel.helpers
    assert {n: one.number for n, one in model.items()} == declared


@needs_btf
def test_helpers_have_the_numbers_of_the_running_kernel() -> None:
    types = btf.read()
    numbers = dict(types.types[types.named[btf.ENUM, "bpf_func_id"]].values)
    model = Catalogue(data_folder()).kernel.helpers
    known = {n: numbers[f"BPF_FUNC_{n}"] for n in model if f"BPF_FUNC_{n}" in numbers}
    assert known == {name: model[name].number for name in known}
    assert len(known) > 150


@needs_btf
def test_layouts_are_those_of_the_running_kernel() -> None:
    """The UAPI's; on a release that the headers were made from, the kernel's own, too.

    Of the kernel's own, an update of the release or another configuration can move members: of
    one record in a hundred at most, where nothing else is wrong.
    """
    types = btf.read()
    shipped = (OURS / "kernel" / "vmlinux.h").read_text()
    made_from = GENERATED.search(shipped)
    assert made_from is not None
    same = made_from[1] == ".".join(platform.release().split(".")[:2])
    uapi = includes(*(n for n in without_vmlinux() if n.startswith("linux/")))
    compared, wrong = compare(types, uapi, exact=same)
    assert (compared > 80, wrong) == (True, {})
    if same:
        compared, wrong = compare(types, includes("vmlinux.h"), exact=True)
        assert compared > 1000
        assert len(wrong) <= compared // 100, wrong


# Written by hand: user space has other members.
OTHERWISE = {"struct sockaddr", "struct pt_regs", "struct user_pt_regs", "struct bpf_lpm_trie_key"}


def compare(types: btf.Btf, text: str, *, exact: bool) -> tuple[int, dict[str, object]]:
    """Compare the records that a text defines with a kernel's: their number, and what differs."""
    wrong: dict[str, object] = {}
    compared = 0
    for name, ours in records(parse(text, FOLDERS)).items():
        theirs = layout(types, name)
        if theirs is None or name in OTHERWISE:
            continue
        compared += 1
        differing = {
            member: (place, theirs.get(member))
            for member, place in ours.items()
            if theirs.get(member) != place and (exact or (member and member in theirs))
        }
        if differing:
            wrong[name] = differing
    return compared, wrong


def layout(types: btf.Btf, name: str) -> Layout | None:
    """A record as the kernel's BTF describes it."""
    word, _, plain = name.partition(" ")
    kind = btf.STRUCT if word == "struct" else btf.UNION
    number = types.named.get((kind, plain))
    if number is None:
        return None
    return {"": (0, types.types[number].size), **dict(members(types, number, 0))}


def members(types: btf.Btf, number: int, base: int) -> list[tuple[str, tuple[int, int]]]:
    found = []
    for member in types.types[number].members:
        inner = types.resolve(member.type)
        if member.name:
            bits = member.bits or 8 * types.size(member.type)
            found.append((member.name, (base + member.offset, bits)))
        elif types.types[inner].kind in (btf.STRUCT, btf.UNION):
            found += members(types, inner, base + member.offset)
    return found
