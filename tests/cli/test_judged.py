"""The last line of every format: what was judged, and what --strict makes of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.reporters import FORMATS
from tests.cli.conftest import Lint

HEAD = """\
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; int len; };
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static long (*bpf_clone_redirect)(void *ctx, int ifindex, unsigned long long flags) = (void *)13;
enum { UPLINK = 7, OTHER = 8 };
static inline int send(int ifindex) { return bpf_redirect(ifindex, 0); }
"""
RIGHT = """
SEC("tc") int from_pod(struct __sk_buff *skb) { return send(UPLINK); }
"""
CONFIG = """\
[devices.pod]
kind = "veth"
netns = "host"
peer_netns = "pod"

[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-ingress"
device = "pod"

[[symbols]]
name = "UPLINK"
netns = "host"
"""
MACRO = RIGHT.replace("UPLINK", "OTHER")
POSITIVE = RIGHT.replace("send(UPLINK)", "skb->len > 0 ? send(skb->len) : 0")
PART = RIGHT.replace("send(UPLINK)", "send(skb->len ? OTHER : UPLINK)")
BESIDE = RIGHT + 'SEC("tc") int to_pod(struct __sk_buff *skb) { return send(UPLINK) + send(9); }\n'
HELD = RIGHT.replace(
    "return send(UPLINK)", "long (*held)(int) = *(void **)(long)skb->len; return held(1)"
)
ASSEMBLY = RIGHT.replace("return", 'asm volatile("frobnicate; call %0" :: "r"(skb)); return')
BYTES = RIGHT.replace(
    "return", 'asm volatile(".byte 0x85, 0, 0, 0, 23, 0, 0, 0" :: "r"(skb)); return'
)
RECURSIVE = (
    "static int again(int n) { return n ? again(n - 1) : bpf_redirect(UPLINK, 0); }"
    + RIGHT.replace("send(UPLINK)", "again(3)")
)
EXTERNAL = "int elsewhere(void *);" + RIGHT.replace("send(UPLINK)", "elsewhere(skb)")
KERNEL = 'extern int kfunc(void *) __attribute__((section(".ksyms")));' + RIGHT.replace(
    "return", "kfunc(skb); return"
)
SWAPPED = RIGHT.replace("UPLINK", "__builtin_bswap32(__builtin_bswap32(UPLINK))")
ZERO = RIGHT.replace("UPLINK", "0")
THROUGH_A_MAP = (
    RIGHT
    + """
struct { int (*type)[14]; int *key; int *value; } ifs SEC(".maps");
static long (*bpf_redirect_map)(void *map, long key, long flags) = (void *)51;
SEC("xdp") int agent(void *ctx) { return bpf_redirect_map(&ifs, 0, 0); }
"""
)
TRACING = (
    RIGHT
    + """
static int call(void *ctx, int (*what)(void *)) { return what(ctx); }
SEC("fentry/x") int traced(void *ctx) { return call(ctx, *(void **)ctx); }
"""
)
CLONED = RIGHT.replace("send(UPLINK)", "bpf_clone_redirect(skb, OTHER, 0)")
IDLE = RIGHT + 'SEC("tc") int count(struct __sk_buff *skb) { return skb->len; }\n'


@pytest.fixture
def tree(project: Path) -> Path:
    (project / "bpf" / "pod.c").write_text(HEAD + RIGHT)
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG)
    return project / "bpf"


@pytest.mark.parametrize(
    ("program", "line", "strict"),
    [
        (RIGHT, "1 redirect: 1 judged", 0),
        (ZERO, "1 redirect: 1 judged", 0),
        (IDLE, "1 redirect: 1 judged", 0),
        (TRACING, "1 redirect: 1 judged", 0),
        (
            THROUGH_A_MAP,
            "2 redirects: 1 judged, 1 reached from no hook; entry agent is attached nowhere",
            2,
        ),
        (PART, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (MACRO, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (HELD, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (ASSEMBLY, "2 redirects: 1 judged, 1 of unknown origin (see --show-unknown)", 2),
        (BYTES, "2 redirects: 1 judged, 1 of unknown origin (see --show-unknown)", 2),
        (RECURSIVE, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (EXTERNAL, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (KERNEL, "1 redirect: 1 judged", 0),
        (SWAPPED, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (CLONED, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (POSITIVE, "1 redirect: 0 judged, 1 of unknown origin (see --show-unknown)", 2),
        (
            BESIDE,
            "3 redirects: 1 judged, 2 reached from no hook; entry to_pod is attached nowhere",
            2,
        ),
    ],
)
def test_the_last_line_says_what_was_judged(
    lint: Lint, tree: Path, program: str, line: str, strict: int
) -> None:
    (tree / "pod.c").write_text(HEAD + program)
    done = lint("bpf")
    assert done.code == 0
    assert done.out.splitlines()[-1] == line
    assert lint("bpf", "--strict").code == strict


def test_a_call_of_something_unknown_is_shown_on_request(lint: Lint, tree: Path) -> None:
    (tree / "pod.c").write_text(HEAD + HELD)
    assert "unknown-call" not in lint("bpf").out
    out = " ".join(lint("bpf", "--show-unknown").out.split())
    assert "unknown-call" in out
    assert "what is called here is not known" in out


@pytest.mark.parametrize("form", FORMATS)
def test_the_line_stands_in_every_format(lint: Lint, tree: Path, form: str) -> None:
    (tree / "pod.c").write_text(HEAD + BESIDE)
    out = lint("bpf", "--output-format", form).out.replace("\\_", "_")
    assert "1 judged, 2 reached from no hook; entry to_pod is attached nowhere" in " ".join(
        out.split()
    )


def test_the_counts_are_for_machines_too(lint: Lint, tree: Path) -> None:
    (tree / "pod.c").write_text(HEAD + BESIDE)
    judged = lint("bpf", "--output-format", "json").report["summary"]["judged"]
    assert (judged["redirects"], judged["unknown"], judged["unattached"]) == (3, 0, 2)
    assert judged["entries"] == ["bpf/pod.c:to_pod"]


def test_the_user_can_say_what_need_not_be_judged(lint: Lint, tree: Path) -> None:
    (tree / "pod.c").write_text(HEAD + BESIDE)
    (tree / "bpf-lint.toml").write_text('unattached = ["to_*"]\n' + CONFIG)
    done = lint("bpf", "--strict")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 redirect: 1 judged")


@pytest.mark.parametrize("rule", ["fib-parameters", "neigh-unusable-header", "discarded-redirect"])
def test_redirects_are_counted_whatever_the_rules_look_at(
    lint: Lint, tree: Path, rule: str
) -> None:
    assert lint("bpf", "--select", rule).out.splitlines()[-1] == "1 redirect: 1 judged"


def test_a_narrower_run_judges_a_part(lint: Lint, tree: Path) -> None:
    (tree / "pod.c").write_text(HEAD + BESIDE)
    done = lint("bpf", "--strict", "--entry", "from_pod")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 redirect: 1 judged")


def test_a_program_that_nobody_names_is_not_analysed(lint: Lint, tree: Path) -> None:
    (tree / "bpf-lint.toml").write_text('[[programs]]\npath = "pod.c"\n' + CONFIG)
    assert lint("bpf").code == 0
    (tree / "part.c").write_text(HEAD + RIGHT)
    (tree / "user.c").write_text("int main(void) { return 0; }\n")
    done = lint("bpf")
    assert done.code == 2
    assert "analysed 1 of 2 programs" in done.out
    assert "bpf/part.c: no [[programs]] of bpf/bpf-lint.toml names it" in done.out
    assert "user.c" not in done.out
    (tree / "pod.c").write_text('#include "part.c"\n')
    assert lint("bpf").code == 0, "what a program includes is read with it"
    (tree / "pod.c").write_text(HEAD + RIGHT)
    (tree / "bpf-lint.toml").write_text(
        'exclude = ["part.c"]\n[[programs]]\npath = "pod.c"\n' + CONFIG
    )
    assert lint("bpf").code == 0


def test_a_program_beside_the_described_folder_is_not_analysed(lint: Lint, tree: Path) -> None:
    assert lint(".").code == 0
    (tree.parent / "other").mkdir()
    (tree.parent / "other" / "other.c").write_text(HEAD + RIGHT)
    done = lint(".")
    assert done.code == 2
    assert "other/other.c: lies outside of the folder that bpf/bpf-lint.toml" in done.out
    assert lint("bpf").code == 0


def test_doctor_draws_what_is_attached_where(lint: Lint, tree: Path) -> None:
    (tree / "pod.c").write_text(HEAD + BESIDE)
    lines = [line.split() for line in lint("doctor", "bpf").out.splitlines()]
    row = ["bpf/pod.c:from_pod", "tc-ingress", "pod", "veth", "host", "-", "bpf/bpf-lint.toml:6"]
    assert row in lines
    assert ["attached", "nowhere:", "bpf/pod.c:to_pod"] in lines
