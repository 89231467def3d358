"""`bpf-lint journey` on the command line."""

import json
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from tests.cli.conftest import Lint


def test_a_broken_step_is_drawn(lint: Lint, project: Path) -> None:
    done = lint("journey", "bpf")
    assert done.code == 0
    assert "from_pod, to_self at tc-egress of pod" in done.out
    assert "✗ a number of host, looked up in pod: dropped" in done.out
    assert "bpf_redirect() to UPLINK_IFINDEX of host (pod.c:" in done.out


def test_every_form_is_whole(lint: Lint, project: Path) -> None:
    told = json.loads(lint("journey", "bpf", "--output-format", "json").out)
    sites = [site for one in told["journeys"] for hop in one["hops"] for site in hop["sites"]]
    assert {site["path"] for site in sites} == {"bpf/pod.c"}
    assert Xml.fromstring(lint("journey", "bpf", "--output-format", "svg").out) is not None
    assert "flowchart LR" in lint("journey", "bpf", "--output-format", "mermaid").out


def test_colours_are_on_request(lint: Lint, project: Path) -> None:
    assert "\x1b[1;31m" in lint("journey", "bpf", "--color", "always").out
    assert "\x1b" not in lint("journey", "bpf").out


def test_no_journey_says_what_there_is(lint: Lint, project: Path) -> None:
    done = lint("journey", "bpf", "--from", "nowhere")
    assert (done.code, done.out) == (0, "")
    assert "journeys begin and end at: " in done.err


ANOTHER = """
[[programs]]
path = "other.c"

[devices.eth0]
kind = "ethernet"
netns = "host"

[[attachments]]
program = "other.c"
entries = ["x"]
hook = "tc-ingress"
device = "eth0"
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--compare", "veth"), "--compare takes two device modes"),
        (("--compare", "veth,veth"), "--compare takes two device modes"),
        (("--compare", "a,b", "--mode", "a"), "goes with neither"),
        (("--both-ways", "--from", "pod"), "--both-ways needs --from and --to"),
        (("--both-ways", "--from", "pod", "--to", "wire", "--output-format", "svg"), "are text"),
    ],
)
def test_what_does_not_go_together(
    lint: Lint, project: Path, options: tuple[str, ...], said: str
) -> None:
    done = lint("journey", "bpf", *options)
    assert done.code == 2
    assert said in done.err


def test_a_program_that_is_not_read_is_said(lint: Lint, project: Path) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(config.read_text() + ANOTHER)
    (project / "bpf" / "other.c").write_text("int x(")
    done = lint("journey", "bpf")
    assert "could not be read" in done.out
    assert done.code == 2
    assert "not analysed: " in done.err
