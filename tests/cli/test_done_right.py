"""What the same program does right in another mode stands under a finding of this one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lint

HEAD = """\
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; unsigned mark; };
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
enum { UPLINK = 50, OTHER = 51 };
static const volatile int direct;
#ifdef HAVE_DIRECT
#endif
"""
ENTRY = 'SEC("tc") int from_pod(struct __sk_buff *skb)'
CONFIG = """\
[modes.veth]
defines = ["HAVE_DIRECT"]
values = { direct = 1 }
[modes.ipvlan]
values = { direct = 0 }
[[programs]]
path = "pod.c"
[devices.uplink]
kind = "ethernet"
netns = "host"
[devices.lxc]
kind = "veth"
netns = "host"
peer_netns = "pod"
[devices.slave]
kind = "ipvlan"
netns = "pod"
[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-ingress"
device = "lxc"
modes = ["veth"]
[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-egress"
device = "slave"
modes = ["ipvlan"]
[[symbols]]
name = "UPLINK"
netns = "host"
device = "uplink"
[[symbols]]
name = "OTHER"
netns = "host"
"""


@pytest.fixture
def tree(project: Path) -> Path:
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG)
    return project / "bpf" / "pod.c"


def write(program: Path, body: str) -> None:
    program.write_text(f"{HEAD}{ENTRY}\n{{\n{body}\nreturn 0;\n}}\n")


def elsewhere(lint: Lint, program: Path, body: str) -> dict[str, Any] | None:
    """What is shown under the one finding, whose call ends a program."""
    write(program, body)
    done = lint("--output-format=json", "bpf")
    assert done.out, done.err
    report = json.loads(done.out)
    found = [(f, c) for f in report["findings"] for c in f["contexts"] if c["mode"] == "ipvlan"]
    ((_, context),) = found
    shown: dict[str, Any] | None = context.get("elsewhere")
    return shown


WRONG = "return bpf_redirect(UPLINK, 0);"


@pytest.mark.parametrize(
    ("guard", "name"),
    [
        (
            "#ifdef HAVE_DIRECT\nif (skb->mark)\nreturn bpf_redirect(UPLINK, 0);\n#endif",
            "HAVE_DIRECT",
        ),
        ("if (direct && skb->mark)\nreturn bpf_redirect(UPLINK, 0);\n", "direct"),
    ],
)
def test_a_test_that_keeps_the_redirect_from_this_mode(
    lint: Lint, tree: Path, guard: str, name: str
) -> None:
    shown = elsewhere(lint, tree, f"{guard}\n{WRONG}")
    assert shown is not None
    line = tree.read_text().splitlines().index("return bpf_redirect(UPLINK, 0);") + 1
    assert (shown["kind"], shown["path"], shown["line"]) == ("guarded", "bpf/pod.c", line)
    assert shown["text"] == f"tests {name} for it: from_pod at tc-ingress of lxc, in host (veth)"
    told = lint("bpf").out
    assert f"done right: bpf/pod.c:{line} tests {name} for it: from_pod at tc-ingress of" in told
    (run,) = json.loads(lint("--output-format=sarif", "bpf").out)["runs"]
    messages = [one["message"]["text"] for one in run["results"][0]["relatedLocations"]]
    assert f"done right: {shown['text']}" in messages


@pytest.mark.parametrize(
    "other",
    [
        "",
        "#ifdef HAVE_DIRECT\nif (skb->mark)\nreturn bpf_redirect(OTHER, 0);\n#endif",  # elsewhere
        "#ifdef HAVE_DIRECT\nif (skb->mark)\nbpf_redirect(UPLINK, 0);\n#endif",  # in vain
    ],
)
def test_without_such_a_test_the_call_itself_is_shown(lint: Lint, tree: Path, other: str) -> None:
    shown = elsewhere(lint, tree, f"{other}\n{WRONG}")
    assert shown is not None
    assert (shown["kind"], shown["text"]) == (
        "right",
        "from_pod at tc-ingress of lxc, in host (veth)",
    )
    line = tree.read_text().splitlines().index("return bpf_redirect(UPLINK, 0);") + 1
    assert shown["line"] == line


def test_a_test_that_lets_the_redirect_happen_here_is_none(lint: Lint, tree: Path) -> None:
    both = "#if defined(HAVE_DIRECT) || 1\nif (skb->mark)\nreturn bpf_redirect(UPLINK, 0);\n#endif"
    tree.write_text(
        f'{HEAD}SEC("tc") int from_pod(struct __sk_buff *skb)\n{{\n{both}\n{WRONG}\n}}\n'
    )
    report = json.loads(lint("--output-format=json", "bpf").out)
    shown = [c["elsewhere"]["kind"] for one in report["findings"] for c in one["contexts"]]
    assert shown == ["right", "right"]


def test_a_test_that_another_configuration_of_this_mode_passes_is_none(
    lint: Lint, tree: Path
) -> None:
    config = CONFIG.replace('defines = ["HAVE_DIRECT"]\n', "")
    fast = '[configurations.plain]\n[configurations.fast]\ndefines = ["HAVE_DIRECT"]\n'
    tree.with_name("bpf-lint.toml").write_text(fast + config)
    write(
        tree,
        f"#ifdef HAVE_DIRECT\nif (skb->mark)\nreturn bpf_redirect(UPLINK, 0);\n#endif\n{WRONG}",
    )
    report = json.loads(lint("--output-format=json", "bpf").out)
    shown = [c["elsewhere"]["kind"] for one in report["findings"] for c in one["contexts"]]
    assert set(shown) == {"right"}


def test_nothing_is_shown_that_no_mode_does(lint: Lint, tree: Path) -> None:
    assert elsewhere(lint, tree, f"#ifndef HAVE_DIRECT\n{WRONG}\n#endif") is None
