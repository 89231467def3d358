"""Numbers of unknown origin: traced to what they come from, and offered to be pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Lint

HEAD = """\
#define SEC(name) __attribute__((section(name), used))
#define UPLINK_IFINDEX 4
struct __sk_buff { int ifindex; int mark; };
struct endpoint { int mac; int ifindex; };
struct settings { int flags; int up; };
struct { int (*type)[1]; int *key; struct endpoint *value; } endpoints SEC(".maps");
struct { int (*type)[1]; int *key; int *value; } numbers SEC(".maps");
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
const volatile int uplink;
const volatile struct settings SETTINGS;
enum { TUNNEL = 7 };
struct work { int a, to; };
static inline int send(int n) { return bpf_redirect(n, 0); }
static inline int *looked_up(int key) { return bpf_map_lookup_elem(&numbers, &key); }
static inline int *in_map(void *map, int key) { return bpf_map_lookup_elem(map, &key); }
static int again(int n) { return n ? again(n - 1) : uplink; }
static inline int chosen(int key) { return key ? uplink : TUNNEL; }
"""
CASES = [
    ("return send(UPLINK_IFINDEX);", ["symbol UPLINK_IFINDEX"]),
    ("return bpf_redirect(uplink, 0);", ["symbol uplink"]),
    ("return bpf_redirect(SETTINGS.up, 0);", ["field settings.up"]),
    ("return send(chosen(skb->mark));", ["symbol TUNNEL", "symbol uplink"]),
    ("int *n = looked_up(1); return n ? send(*n) : 0;", ["field numbers"]),
    ("int *n = in_map(&numbers, 1); return n ? send(*n) : 0;", ["field numbers"]),
    (
        "int key = 0; struct endpoint *to = bpf_map_lookup_elem(&endpoints, &key);"
        "struct work w = {}; if (to) w.to = to->ifindex; return send(w.to);",
        ["field endpoint.ifindex"],
    ),
    (
        "struct work w = {}; w.to = uplink; while (skb->mark) w.to += w.a; return send(w.to);",
        ["symbol uplink"],
    ),
    ("return send(again(3));", ["symbol uplink"]),
    ("return bpf_redirect(9, 0);", ["9 has no name"]),
    ("return bpf_redirect(skb->mark, 0);", []),
]
CONFIG = """\
[devices.pod]
kind = "ipvlan"
netns = "pod"

[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-egress"
device = "pod"
"""
BLOCK = re.compile(r"^# Numbers of unknown origin.*?(?=^\d+ findings?;)", re.MULTILINE | re.DOTALL)


@pytest.fixture
def tree(project: Path) -> Path:
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG)
    return project / "bpf"


def block(tree: Path, lint: Lint, body: str) -> str:
    """What is offered for a program."""
    source = f'{HEAD}SEC("tc") int from_pod(struct __sk_buff *skb) {{ {body} }}\n'
    (tree / "pod.c").write_text(source)
    found = BLOCK.search(lint("bpf", "--show-unknown").out)
    return found[0] if found else ""


@pytest.mark.parametrize(("body", "names"), CASES)
def test_an_unknown_number_is_traced_to_its_source(
    tree: Path, lint: Lint, body: str, names: list[str]
) -> None:
    text = block(tree, lint, body)
    tables = re.findall(r'^\[\[(\w+)s\]\]\n\w+ = "([^"]+)"\nnetns = ""$', text, re.MULTILINE)
    comments = re.findall(r"^# (\d+ has no name)", text, re.MULTILINE)
    assert [*(" ".join(one) for one in tables), *comments] == names
    assert text.count("# used by bpf/pod.c:") == len(names)


@pytest.mark.parametrize(("body", "names"), CASES[:-4])
def test_what_is_offered_can_be_pasted(tree: Path, lint: Lint, body: str, names: list[str]) -> None:
    text = block(tree, lint, body)
    (tree / "bpf-lint.toml").write_text(CONFIG + text)
    done = lint("bpf")
    assert (done.code, "netns is empty: name the namespace" in done.err) == (2, True)
    (tree / "bpf-lint.toml").write_text(CONFIG + text.replace('""', '"host"'))
    done = lint("bpf", "--show-unknown")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 redirect: 1 judged")
    assert "# Numbers" not in done.out, names


def test_what_is_told_for_another_program_is_offered_for_this_one(tree: Path, lint: Lint) -> None:
    known = f"""{CONFIG}[[symbols]]
name = "uplink"
netns = "host"
programs = ["other.c"]

[[fields]]
field = "endpoint.ifindex"
netns = "host"
"""
    (tree / "other.c").write_text(HEAD)
    (tree / "bpf-lint.toml").write_text(known)
    text = block(tree, lint, "return bpf_redirect(uplink, 0);")
    assert '[[symbols]]\nname = "uplink"\nnetns = ""\nprograms = ["pod.c"]\n' in text
    assert "endpoint" not in text
    (tree / "bpf-lint.toml").write_text(known + text.replace('netns = ""', 'netns = "host"'))
    done = lint("bpf", "--show-unknown")
    assert (done.code, done.out.splitlines()[-1]) == (1, "1 redirect: 1 judged")


def test_machines_get_them_too(tree: Path, lint: Lint) -> None:
    block(tree, lint, "return bpf_redirect(uplink, 0);")
    (one,) = lint("bpf", "--output-format", "json").report["proposals"]
    assert (one["kind"], one["name"], one["written"]) == ("symbol", "uplink", [])
    assert one["places"] == ["bpf/pod.c:19"]


def test_a_map_that_nobody_declares_is_an_error(tree: Path, lint: Lint) -> None:
    block(tree, lint, CASES[4][0])
    (tree / "bpf-lint.toml").write_text(f'{CONFIG}[[fields]]\nfield = "number"\nnetns = "host"\n')
    assert 'unknown map "number"; did you mean "numbers"?' in lint("bpf").err
