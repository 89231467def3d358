"""A configuration to begin with, from what loads the programs: an assumption until confirmed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Lint

PROGRAM = """\
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; };
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
const volatile int uplink;
SEC("tc")
int from_pod(struct __sk_buff *skb) { return bpf_redirect(uplink, 0); }
SEC("tc") int to_pod(struct __sk_buff *skb) { return bpf_redirect(skb->ifindex, 0); }
"""
LOADER = """\
	skel->rodata->uplink = if_nametoindex("eth0");
	err = bpf_tc_attach(&hook, &options); /* BPF_TC_EGRESS, skel->progs.from_pod */
"""


@pytest.fixture
def tree(project: Path) -> Path:
    (project / "bpf" / "bpf-lint.toml").unlink()
    (project / "bpf" / "pod.c").write_text(PROGRAM)
    (project / "main.c").write_text(LOADER)
    (project / "up.sh").write_text("ip link add pod0 type ipvlan\n")
    return project


def test_init_writes_down_what_loaders_say(tree: Path, lint: Lint) -> None:
    out = lint("init", "--stdout", "bpf").out
    source = "main.c:2: err = bpf_tc_attach(&hook, &options); /* BPF_TC_EGRESS, skel->progs.fro"
    egress = 'entries = ["from_pod"]\nhook = "tc-egress"'
    assert egress in out
    assert "assumed = true           # until" in out
    assert f'source = "{source}' in out
    assert 'entries = ["to_pod"]\nhook = "tc-ingress"' in out
    assert "# ipvlan: up.sh:1: ip link add pod0 type ipvlan\n" in out
    table = '# written by main.c:1: skel->rodata->uplink = if_nametoindex("eth0");\n# [[symbols]]\n'
    assert f'{table}# name = "uplink"\n# netns = ""\n' in out


def test_what_is_found_is_an_assumption_until_it_is_confirmed(tree: Path, lint: Lint) -> None:
    text = lint("init", "--stdout", "bpf").out
    text = text.replace('kind = "ethernet"\nnetns = "host"', 'kind = "ipvlan"\nnetns = "pod"')
    text += '[[symbols]]\nname = "uplink"\nnetns = "host"\n'
    (tree / "bpf" / "bpf-lint.toml").write_text(text)
    (finding,) = lint("bpf", "--output-format", "json").report["findings"]
    (context,) = finding["contexts"]
    assert finding["confidence"] == "medium"
    assert context["assumptions"][-1].startswith(
        "from_pod runs at tc-egress of uplink, as main.c:2: err = bpf_tc_attach"
    )
    confirmed = re.sub(r"assumed = true.*\n", "", text)
    (tree / "bpf" / "bpf-lint.toml").write_text(confirmed)
    (finding,) = lint("bpf", "--output-format", "json").report["findings"]
    assert finding["confidence"] == "high"


def test_init_names_programs_whose_sections_it_cannot_read(tree: Path, lint: Lint) -> None:
    named = PROGRAM.replace('SEC("tc")', "SEC(HOOK)").replace(
        "struct __sk", '#define HOOK "tc"\nstruct __sk', 1
    )
    (tree / "bpf" / "other.c").write_text(named)
    (tree / "bpf" / "bpf-lint.toml").write_text(lint("init", "--stdout", "bpf").out)
    done = lint("bpf")
    assert (done.code, "analysed 2 of 2 programs" in done.out) == (0, True), done.out


def test_doctor_shows_it_too(tree: Path, lint: Lint) -> None:
    out = lint("doctor", "bpf").out
    assert "found: bpf/pod.c:from_pod at tc-egress, by what its loader says: main.c:2: err" in out
    assert "analysed at tc-ingress by its section's name; `bpf-lint init` takes its loader's" in out


def test_doctor_does_not_repeat_what_is_written_down(tree: Path, lint: Lint) -> None:
    text = lint("init", "--stdout", "bpf").out
    (tree / "bpf" / "bpf-lint.toml").write_text(text)
    assert "found:" not in lint("doctor", "bpf").out
    (tree / "bpf" / "bpf-lint.toml").write_text(text.replace('"tc-egress"', '"tc-ingress"'))
    out = lint("doctor", "bpf").out
    assert "found: bpf/pod.c:from_pod at tc-egress, by what its loader says: main.c:2: err" in out
    assert "analysed at tc-ingress by the configuration\n" in out


def test_init_says_what_is_left(tree: Path, lint: Lint) -> None:
    (tree / "bpf" / "lost.c").write_text(
        '#define SEC(name) __attribute__((section(name), used))\nSEC("mine") int lost(void *c) '
        '{ return 0; }\nSEC("cgroup/sock") int at_socket(void *c) '
        "{ return bpf_redirect(missing, 0); }\n"
    )
    done = lint("init", "bpf")
    lines = (tree / "bpf" / "bpf-lint.toml").read_text().splitlines()
    assumed = [str(at) for at, line in enumerate(lines, 1) if line.startswith("assumed")]
    (number,) = (at for at, line in enumerate(lines, 1) if line == '# netns = ""')
    assert len(assumed) == 2
    assert f"- lines {', '.join(assumed)}: is that the hook, and which device?" in done.out
    assert "no line of a loader was found that attaches to_pod: the hook is taken" in done.out
    assert "- no hook was found for lost\n" in done.out
    assert '# lost (section "mine") is attached to no hook' in "\n".join(lines)
    assert "at_socket" not in done.out
    assert f"- line {number}: a number without netns" in done.out
    assert "- numbers in bpf/lost.c are not traced" in done.out


def test_unknown_numbers_are_shown_with_the_line_that_writes_them(tree: Path, lint: Lint) -> None:
    line = '# written by main.c:1: skel->rodata->uplink = if_nametoindex("eth0");'
    assert line in lint("bpf", "--show-unknown").out
    (one,) = lint("bpf", "--show-unknown", "--output-format", "json").report["proposals"]
    assert one["written"] == [line.removeprefix("# written by ")]


def test_lines_that_fill_a_map_of_numbers_are_found(tree: Path, lint: Lint) -> None:
    (tree / "bpf" / "pod.c").write_text(
        PROGRAM.replace(
            "const volatile int uplink;",
            "static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;\n"
            "struct { int (*type)[1]; int *key; int *value; } out_devices"
            ' __attribute__((section(".maps")));\n'
            "static int out(int k) { int *n = bpf_map_lookup_elem(&out_devices, &k);"
            " return n ? *n : 0; }\n",
        ).replace("bpf_redirect(uplink", "bpf_redirect(out(1)")
    )
    (tree / "main.go").write_text("\terr := objs.OutDevices.Put(key, link.Attrs().Index)\n")
    written = "# written by main.go:1: err := objs.OutDevices.Put(key, link.Attrs().Index)"
    assert written in lint("bpf", "--show-unknown").out


def test_a_line_of_a_loader_is_data(tree: Path, lint: Lint) -> None:
    evil = 'bpf_tc_attach(&o); // "\\u001b[31m BPF_TC_EGRESS skel->progs.from_pod\x1b[31m\n'
    (tree / "main.c").write_text(evil)
    (tree / "bpf" / "bpf-lint.toml").write_text(lint("init", "--stdout", "bpf").out)
    assert "\x1b" not in (tree / "bpf" / "bpf-lint.toml").read_text()
    assert "not valid TOML" not in lint("bpf").err


SAME = PROGRAM.replace("from_pod", "same").replace("to_pod", "other")


def test_the_nearest_loader_is_heard(tree: Path, lint: Lint) -> None:
    for name, hook in (("a", "INGRESS"), ("b", "EGRESS")):
        (tree / name).mkdir()
        (tree / name / "pod.c").write_text(SAME)
        line = f"bpf_tc_attach(&hook, &options); /* BPF_TC_{hook}, skel->progs.same */\n"
        (tree / name / "main.c").write_text(line)
    out = lint("init", "--stdout", ".").out
    for name, hook in (("a", "ingress"), ("b", "egress")):
        own = out[out.index(f'program = "{name}/pod.c"\nentries = ["same"]') :]
        assert f'hook = "tc-{hook}"' in own.split("\n\n")[0]
        assert f'source = "{name}/main.c:1: ' in own.split("\n\n")[0]


def test_init_attaches_no_tracing_programs_and_hears_the_names_of_others(
    tree: Path, lint: Lint
) -> None:
    (tree / "bpf" / "more.c").write_text(
        '#define SEC(name) __attribute__((section(name), used))\nSEC("tracepoint/xdp/exception")\n'
        'int trace_xdp(void *ctx) { return 0; }\nSEC("tc")\n'
        "int egress_snat(void *ctx) { return 0; }\n"
    )
    out = lint("init", "--stdout", "bpf").out
    assert 'entries = ["egress_snat"]\nhook = "tc-egress"' in out
    assert "trace_xdp" not in out


def test_init_hears_names_of_functions_and_shows_what_loads_them(tree: Path, lint: Lint) -> None:
    (tree / "bpf" / "more.c").write_text(
        "#define SEC(name) __attribute__((section(name), used))\n"
        'SEC("tc") int bridge_output(void *ctx) { return 0; }\n'
        'SEC("mine/from-pod") int handle(void *ctx) { return 0; }\n'
        'SEC("mine") int xdp_ingress(void *ctx) { return 0; }\n'
    )
    (tree / "main.c").write_text('find_program_by_name(obj, "bridge_output");\n')
    out = lint("init", "--stdout", "bpf").out
    for entry, hook in (("bridge_output", "tc-egress"), ("xdp_ingress", "xdp"), ("handle", "")):
        assert f'entries = ["{entry}"]\nhook = "{hook or "tc-ingress"}"' in out
    assert '# loaded by main.c:1: find_program_by_name(obj, "bridge_output");\n' in out


def test_a_current_folder_that_is_no_projects_says_nothing(tree: Path, lint: Lint) -> None:
    (tree / ".git").rename(tree / "no-git")
    assert "main.c" not in lint("init", "--stdout", "bpf").out
    (tree / "Makefile").write_text("all:\n")
    assert "main.c" in lint("init", "--stdout", "bpf").out


def test_init_writes_nothing_where_no_program_is(tree: Path, lint: Lint) -> None:
    (tree / "none").mkdir()
    (tree / "none" / "plain.c").write_text("int main(void) { return 0; }\n")
    done = lint("init", "none")
    assert (done.code, "no C source has a BPF program" in done.err) == (2, True)
    assert not (tree / "none" / "bpf-lint.toml").exists()


def test_doctor_says_what_is_assumed(tree: Path, lint: Lint) -> None:
    (tree / "bpf" / "bpf-lint.toml").write_text(lint("init", "--stdout", "bpf").out)
    assert "(assumed)" in lint("doctor", "bpf").out


def test_a_line_that_detaches_is_no_evidence(tree: Path, lint: Lint) -> None:
    (tree / "main.c").unlink()
    (tree / "bpf" / "pod.c").write_text(PROGRAM.replace('SEC("tc")', 'SEC("xdp")'))
    for state, heard in (("object from_pod.o", True), ("off # from_pod", False)):
        (tree / "up.sh").write_text(f"ip link set dev eth0 xdp {state}\n")
        assert ("up.sh:1: ip link set" in lint("doctor", "bpf").out) == heard, state
