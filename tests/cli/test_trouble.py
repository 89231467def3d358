"""Bad input: one clear message, exit code 2, no traceback, and the rest is analysed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bpf_lint.pipeline
from bpf_lint.sources.tree import HUGE
from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.running import ROOT

MORE = '[[programs]]\npath = "{}"\n' + CONFIG


def add(project: Path, name: str, text: bytes) -> None:
    (project / "bpf" / name).write_bytes(text)
    (project / "bpf" / "bpf-lint.toml").write_text(MORE.format(name))


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("syntax.c", b"int f( {\n", "bpf/syntax.c:1"),
        (
            "missing.c",
            b'#include "none.h"\n',
            "'none.h' not found; no folder of the repository has it: name its folder with -I",
        ),
        ("latin.c", b"/* \xe9 */\n", "is not UTF-8 (byte 3)"),
        ("huge.c", b" " * (HUGE + 1), "taken for generated"),
        ("deep.c", b"int x = " + b"(" * 100_000 + b"1" + b")" * 100_000 + b";\n", ""),
    ],
)
def test_a_program_that_cannot_be_parsed_never_looks_clean(
    lint: Lint, project: Path, name: str, text: bytes, reason: str
) -> None:
    add(project, name, text)
    done = lint("bpf", "--output-format", "json")
    assert done.code == 2
    assert f"analysed 1 of 2 programs; not analysed:\n  bpf/{name}: " in done.err
    assert reason in done.err
    assert len(done.report["findings"]) == 1
    assert [one["path"] for one in done.report["summary"]["skipped"]] == [f"bpf/{name}"]
    assert lint("bpf", "--exit-zero").code == 2
    assert "analysed 1 of 2 programs" in lint("bpf").out


def test_an_internal_error_in_one_program_does_not_take_the_others_down(
    lint: Lint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpf_lint.frontend import FrontEnd

    add(project, "odd.c", b"int x;\n")
    parse = FrontEnd.parse

    def fail(self: FrontEnd, path: str, *rest: object) -> object:
        if path.endswith("odd.c"):
            raise KeyError("odd")
        return parse(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(FrontEnd, "parse", fail)
    done = lint("bpf", "-j1")
    assert done.code == 2
    said = "bpf/odd.c: internal error, please report it: KeyError: 'odd'"
    assert said in " ".join(done.out.split())
    assert done.err == ""


def test_an_internal_error_in_the_analysis_never_looks_clean(
    lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise KeyError("odd")

    with monkeypatch.context() as patch:
        patch.setattr("bpf_lint.pipeline.analyse.evaluate", fail)
        done = lint("bpf", "-j1")
    assert done.code == 2
    said = "bpf/pod.c: default: internal error, please report it: KeyError: 'odd'"
    assert said in " ".join(done.out.split())
    assert lint("bpf", "-j1").code == 1


def test_a_dying_process_takes_only_its_program_down(
    lint: Lint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpf_lint.frontend import FrontEnd

    add(project, "odd.c", b"int x;\n")
    parse = FrontEnd.parse

    def die(self: FrontEnd, path: str, *rest: object) -> object:
        if path.endswith("odd.c"):
            os._exit(11)
        return parse(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(FrontEnd, "parse", die)
    done = lint("bpf", "-j2", "--no-cache", "--output-format", "json")
    assert done.code == 2
    assert "bpf/odd.c: the compiler library crashed" in done.err
    assert len(done.report["findings"]) == 1


def test_an_error_of_ours_is_one_message(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise TypeError("odd")

    monkeypatch.setattr(bpf_lint.pipeline, "run", fail)
    done = lint("bpf")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "internal error" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none"], "bpf-lint: none: no such file or folder"),
        (["bpf", "--mode", "ipvlan"], 'no mode "ipvlan": profile "bpf-lint.toml" has no device'),
        (["bpf", "--profile", "ciliun"], 'unknown profile "ciliun"; did you mean "cilium"?'),
        (["bpf", "--configurations", "x"], 'unknown configuration "x"'),
        (["bpf", "--config", "none.toml"], "none.toml: cannot be read: No such file"),
        (["bpf", "--baseline", "none.json"], "none.json"),
        (["bpf", "-p", "none"], "none: cannot be read: No such file"),
        (["bpf", "--output-format", "jsno"], 'unknown output format "jsno"; did you mean "json"?'),
        (["bpf", "-j", "0"], "Invalid value for '-j'"),
        (["bpf", "--no-such-option"], "No such option"),
        (["bpf/bpf-lint.toml"], "neither a C source file (*.c) nor a header (*.h)"),
        (["bpf/other.h"], "other.h: no program includes this header"),
        (["explain", "nothing"], 'unknown rule "nothing"'),
        (["empty"], "no C source files (*.c) in this folder"),
        (
            ["plain"],
            "none of 1 C source has a BPF program: a function with a section, such as SEC(",
        ),
        (["doctr", "bpf"], '"doctr" is neither a command nor a path; did you mean "doctor"?'),
    ],
)
def test_what_was_given_wrongly_is_named(
    lint: Lint, project: Path, arguments: list[str], message: str
) -> None:
    (project / "empty").mkdir()
    (project / "plain").mkdir()
    (project / "bpf" / "other.h").write_text("int other;\n")
    (project / "plain" / "main.c").write_text("int main(void) { return 0; }\n")
    done = lint(*arguments)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


def test_no_argument_gives_help(lint: Lint) -> None:
    done = lint()
    assert (done.code, done.out) == (2, "")
    assert re.search(r"\n  doctor +Say what would be read", done.err)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("programs = [\n", "bpf/bpf-lint.toml:2: is not valid TOML"),
        (CONFIG.replace("netns", "netsn", 1), ':6: unknown key "netsn" in [devices.pod]; did you'),
        (CONFIG.replace("tc-egress", "tc-egres"), ':11: unknown hook "tc-egres"; did you mean'),
        (CONFIG.replace('device = "pod"', 'device = "pdo"'), ':12: unknown device "pdo"; did you'),
        ('rules = ["none.toml"]\n' + CONFIG, ':1: no rule file or folder "none.toml" in'),
    ],
)
def test_a_broken_configuration_is_located(
    lint: Lint, project: Path, text: str, message: str
) -> None:
    (project / "bpf" / "bpf-lint.toml").write_text(text)
    done = lint("bpf")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert message in done.err


def test_a_broken_rule_file_is_located(lint: Lint, project: Path) -> None:
    (project / "bpf" / "mine.toml").write_text('id = "mine"\ntitel = "x"\n')
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text('rules = ["mine.toml"]\n' + CONFIG)
    assert 'mine.toml:2: unknown key "titel"; did you mean "title"?' in lint("bpf").err


def test_a_symlink_loop_ends(lint: Lint, project: Path) -> None:
    (project / "bpf" / "loop").symlink_to(project / "bpf")
    (project / "bpf" / "self.c").symlink_to(project / "bpf" / "self.c")
    assert lint("bpf").code == 1


def test_without_a_profile_the_report_says_what_it_assumes(lint: Lint) -> None:
    done = lint("bpf", "--no-config", "-D", "X")
    assert done.code == 0
    assert "no profile recognises this tree" in " ".join(done.out.split())


def test_interruption_is_one_message(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bpf_lint.pipeline, "run", interrupt)
    done = lint("bpf")
    assert (done.code, done.err.strip()) == (2, "bpf-lint: interrupted")


def start_busy(project: Path) -> subprocess.Popen[str]:
    """A run with two programs that take long to parse, in two processes of their own."""
    text = PROGRAM + "".join(f"int f{n}(int x) {{ return x + {n}; }}\n" for n in range(20_000))
    for name in ("a.c", "b.c"):
        (project / "bpf" / name).write_text(text)
    more = '[[programs]]\npath = "a.c"\n[[programs]]\npath = "b.c"\n'
    (project / "bpf" / "bpf-lint.toml").write_text(more + CONFIG)
    return subprocess.Popen(
        [sys.executable, "-m", "bpf_lint", "bpf", "--no-cache", "-j2"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def wait_for_processes(running: subprocess.Popen[str]) -> None:
    """Return once a run has started its processes, which then parse for seconds."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    end = time.monotonic() + 60
    while time.monotonic() < end and running.poll() is None:
        if not children.exists():  # not Linux
            time.sleep(1.0)
            return
        if len(children.read_text().split()) >= 2:
            return
        time.sleep(0.01)
    pytest.fail("the run has started no processes")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_group", [True, False])
def test_a_signal_ends_all_processes_at_once(
    project: Path, number: signal.Signals, whole_group: bool
) -> None:
    running = start_busy(project)
    wait_for_processes(running)
    (os.killpg if whole_group else os.kill)(running.pid, number)
    # Standard error is at its end only once the last process has closed it.
    _, err = running.communicate(timeout=60)
    assert "Traceback" not in err
    assert running.returncode == 2, err
    assert err.endswith("bpf-lint: interrupted\n")


def test_a_signal_while_python_ends_shows_no_traceback() -> None:
    code = (
        "import os, signal, sys, threading, time\n"
        "def late():\n"
        "    threading.main_thread().join()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(0.3)\n"
        "threading.Thread(target=late).start()\n"
        "from bpf_lint.__main__ import main\n"
        "sys.argv[1:] = ['rules']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cross-netns-redirect" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells processes")
def test_a_killed_run_leaves_no_processes(project: Path) -> None:
    running = start_busy(project)
    wait_for_processes(running)
    running.kill()
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL


def test_closed_streams_do_not_change_the_outcome(project: Path) -> None:
    for closed in (">&-", "2>&-", "<&-"):
        command = f"{sys.executable} -m bpf_lint bpf --no-cache {closed}"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["sh", "-c", command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert not done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_a_full_device_is_said(project: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bpf_lint", "bpf", "--no-cache"],
            cwd=project,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (2, "bpf-lint: output: No space left on device\n")


EXPLOSION = "".join(
    f"static __attribute__((noinline)) int f{at}(int x)"
    f"{{ return f{at + 1}(2 * x) + f{at + 1}(2 * x + 1); }}\n"
    for at in range(29, -1, -1)
)


def test_calls_in_too_many_forms_are_given_up(
    lint: Lint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpf_lint.dataflow.domain import limits

    text = "static int f30(int x) { return x; }\n" + EXPLOSION
    text += '__attribute__((section("tc"), used)) int many(void *skb) { return f0(1); }\n'
    add(project, "many.c", text.encode())
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(config.read_text() + CONFIG[CONFIG.index("[[attachments]]") :])
    config.write_text(config.read_text().replace('program = "pod.c"', 'program = "*"'))
    config.write_text(config.read_text().replace('"to_self"]', '"to_self", "many"]'))
    monkeypatch.setattr(limits, "RUNS", 500)
    done = lint("bpf", "--output-format", "json", "--no-cache")
    assert done.code == 2
    assert "2 programs (bpf/many.c, bpf/pod.c): default: is too complex" in done.err
    assert "many.c" in str(done.report["summary"]["skipped"])
    assert lint("graph", "bpf", "--no-cache").code == 0  # which needs no analysis
    for command in (["doctor", "--coverage"], ["graph", "--executed"]):
        looked = lint(*command, "bpf", "--no-cache")
        assert looked.code == 2
        assert "not analysed: default: is too complex" in looked.out + looked.err


def test_a_program_that_does_not_settle_is_not_called_analysed(
    lint: Lint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bpf_lint.dataflow.domain import limits

    program = project / "bpf" / "pod.c"
    loop = "int at = 0; while (skb->ifindex != 7) at++; return at"
    program.write_text(program.read_text().replace("return", loop + "; return", 1))
    monkeypatch.setattr(limits, "LOOP", 0)
    done = lint("bpf", "--output-format", "json", "--no-cache")
    assert done.code == 2
    reason = "default: not analysed to its end, as this does not settle: bpf/pod.c:"
    assert reason in done.err
    assert reason in str(done.report["summary"]["skipped"])
    looked = lint("doctor", "--coverage", "bpf", "--no-cache")
    assert looked.code == 2
    assert reason in looked.out + looked.err


def test_names_of_files_are_no_globs(lint: Lint, project: Path) -> None:
    for name in ("a[b].c", "c**d.c", "e?.c"):
        (project / "bpf" / name).write_text(PROGRAM)
    (project / "bpf" / "bpf-lint.toml").unlink()
    done = lint("bpf", "--output-format", "json")
    assert done.code == 0
    assert done.report["summary"]["analysed"] == 4


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems only hold UTF-8 names")
def test_a_name_that_is_not_utf8_is_said(lint: Lint, project: Path) -> None:
    (project / "bpf" / os.fsdecode(b"odd\xff.c")).write_text(PROGRAM)
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(config.read_text().replace('"pod.c"', '"*.c"'))
    for form in ("text", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown"):
        done = lint("bpf", "--output-format", form)
        assert done.code == 2
        assert "bpf/odd\\udcff.c: its name is not UTF-8" in done.out + done.err
    folder = project / os.fsdecode(b"odd\xfe")
    (project / "bpf").rename(folder)
    assert "its path is not UTF-8" in lint(folder).err


def test_redirects_that_no_hook_leads_to_are_named(lint: Lint, project: Path) -> None:
    add(project, "odd.c", PROGRAM.encode())  # attachments are those of pod.c
    text = " ".join(lint("bpf").out.split())
    assert "bpf/odd.c redirects packets, but none of its programs is attached to a hook" in text
    assert "bpf/pod.c redirects" not in text
