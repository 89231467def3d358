"""The commands beside `check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bpf_lint.config.reading import read
from tests.cli.conftest import CONFIG, PROGRAM, Lint


def test_graph_as_text_dot_and_json(lint: Lint) -> None:
    text = lint("graph", "bpf").out
    assert "from_pod (bpf/pod.c) at tc-egress of pod, skb->dev in the pod namespace" in text
    assert text.count("helper bpf_redirect") == 2
    assert lint("graph", "bpf", "--entry", "to_*").out.count("helper bpf_redirect") == 1
    assert lint("graph", "bpf", "--to", "no_such_function").out == ""
    assert lint("graph", "bpf", "--output-format", "dot").out.startswith("digraph")
    graphs = json.loads(lint("graph", "bpf", "--output-format", "json").out)
    assert {one["entry"]["name"] for one in graphs} == {"from_pod", "to_self"}


def test_graph_of_what_ran_leaves_out_what_no_path_takes(lint: Lint, project: Path) -> None:
    program = project / "bpf" / "pod.c"
    never = "int at = skb->ifindex ? 1 : 2; if (at == 3) return bpf_redirect(3, 0); return"
    program.write_text(program.read_text().replace("return", never, 1))
    assert lint("graph", "bpf").out.count("helper bpf_redirect") == 3
    assert lint("graph", "bpf", "--executed").out.count("helper bpf_redirect") == 2


def test_doctor_names_programs_that_nothing_leads_to(lint: Lint, project: Path) -> None:
    program = project / "bpf" / "pod.c"
    lost = '__attribute__((section("tc"), used)) int lost(struct __sk_buff *skb) { return 0; }'
    program.write_text(f"{program.read_text()}\n{lost}\n")
    assert "not reachable: lost in bpf/pod.c: no attachment and" in lint("doctor", "bpf").out


def test_doctor_says_what_would_be_read(lint: Lint, project: Path) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(
        CONFIG + '[[symbols]]\nname = "GONE"\nnetns = "host"\noptional = true\n'
        '[[programs]]\npath = "*.c"\n[[programs]]\npath = "gone.c"\noptional = true\n'
    )
    done = lint("doctor", "bpf")
    assert done.code == 0
    for part in (
        "clang version",
        f"folder: {project}/bpf",
        "profile: bpf-lint.toml",
        f"flags from: {config}" if "front_end" in CONFIG else "flags from: profile",
        "program bpf/pod.c: 2 functions, 2 of them entries; in 1 of 1 pairs of mode and",
        "program gone.c",
        "symbol GONE",
    ):
        assert part in done.out
    assert "UPLINK_IFINDEX" not in done.out


def test_doctor_is_a_page_and_all_of_it_with_v(lint: Lint, project: Path) -> None:
    macros = ", ".join(f'"-DOPTION_{n}=1"' for n in range(9))
    (project / "bpf" / "bpf-lint.toml").write_text(f"{CONFIG}[front_end]\nflags = [{macros}]\n")
    page = lint("doctor", "bpf").out
    assert "and 9 macros (-v shows them)" in page
    assert max(map(len, page.splitlines()[3:])) < 200
    assert "-DOPTION_8=1" not in page
    whole = lint("doctor", "bpf", "-v").out
    assert "-DOPTION_8=1" in whole
    assert "  entries: from_pod, to_self\n" in whole


def test_doctor_names_problems(lint: Lint, project: Path) -> None:
    (project / "bpf" / "pod.c").write_text("int f( {\n")
    done = lint("doctor", "bpf")
    assert done.code == 2
    assert "problem: bpf/pod.c: bpf/pod.c:1" in done.out


def test_doctor_audits_coverage(lint: Lint, project: Path) -> None:
    more = 'SEC("tc") int lonely(struct __sk_buff *skb) { return 0; }\n'
    (project / "bpf" / "pod.c").write_text(PROGRAM + more)
    done = lint("doctor", "--coverage", "bpf")
    assert "bpf/pod.c under from_pod at tc-egress of pod: 1 of 3 functions reached" in done.out
    assert "not reachable: lonely in bpf/pod.c" in done.out
    assert "1 pair of device mode and configuration; tail calls without a target: 0" in done.out


def test_rules_and_their_explanations(lint: Lint) -> None:
    listed = lint("rules").out
    assert "cross-netns-redirect" in listed
    for rule in (line.split()[0] for line in listed.splitlines()):
        page = lint("explain", rule)
        assert page.code == 0
        assert "## Wrong" in page.out
        assert "## Right" in page.out


@pytest.mark.parametrize("kind", ["config", "rule", "profile", "kernel", "report"])
def test_schemas_are_json(lint: Lint, kind: str) -> None:
    assert json.loads(lint("schema", kind).out)["$schema"].startswith("https://json-schema.org/")


def test_diff_of_two_reports(lint: Lint, project: Path) -> None:
    lint("bpf", "--output-format", "json=old.json", "--ignore", "*redirect*")
    lint("bpf", "--output-format", "json=new.json")
    done = lint("diff", "old.json", "new.json")
    assert done.code == 1
    assert done.out.startswith("+ bpf/pod.c:")
    assert "1 new, 0 fixed, 0 unchanged" in done.out
    assert lint("diff", "new.json", "old.json").code == 0
    (project / "no.json").write_text("{}")
    assert "not a bpf-lint JSON report" in lint("diff", "new.json", "no.json").err


def test_init_writes_a_configuration_that_works(lint: Lint, project: Path) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    assert "is there already" in lint("init", "bpf").err
    config.unlink()
    done = lint("init", "bpf")
    assert (done.code, "bpf-lint.toml written" in done.out) == (0, True)
    data = read(config).data
    assert [one["path"] for one in data["programs"]] == ["pod.c"]
    assert [(one["hook"], one["entries"]) for one in data["attachments"]] == [
        ("tc-ingress", ["from_pod", "to_self"])
    ]
    assert lint("bpf").code == 0
    config.write_text(config.read_text() + '\n[[symbols]]\nname = "UPLINK_IFINDEX"\nnetns = "pod"')
    assert lint("bpf").code == 1


def test_init_knows_recognised_projects(lint: Lint, project: Path) -> None:
    folder = project / "cilium"
    folder.mkdir()
    (folder / "bpf_lxc.c").write_text('__section("from-container")\n')
    (folder / "init.sh").write_text('"ipvlan"\n')
    done = lint("init", "cilium", "--stdout")
    assert 'profile = "cilium"' in done.out
    assert "no such folder" in lint("init", "nowhere").err


def test_help_of_every_command_fits(lint: Lint) -> None:
    for command in ("check", "graph", "doctor", "diff", "explain", "rules", "schema", "init"):
        done = lint(command, "--help")
        assert done.code == 0
        assert max(map(len, done.out.splitlines())) <= 100
    assert "check" in lint("--help").out
