"""`--new-since` and `diff`: what a change brings, through sources, headers and defines."""

import json

import pytest

from tests.usage.sandbox import Sandbox

LINE = "return ctx_redirect(ctx, ifindex, 0);"


def new_sites(sandbox: Sandbox, revision: str, *arguments: str) -> tuple[int, set[tuple[str, str]]]:
    """Exit code and (path, function) of the new findings."""
    done = sandbox.run(
        "bpf-lint", "bpf/", "--new-since", revision, "--output-format", "json", *arguments
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["findings"] == len(report["findings"])
    return done.code, {(f["path"], f["function"]) for f in report["findings"]}


def test_moved_lines_are_not_new(sandbox: Sandbox) -> None:
    sandbox.edit("bpf/lib/nodeport.h", "#pragma once", "#pragma once\n\n\n/* moved */\n")
    assert new_sites(sandbox, "HEAD") == (0, set())


def test_a_changed_statement_in_a_header_is_new(sandbox: Sandbox) -> None:
    sandbox.edit("bpf/lib/nodeport.h", LINE, "return ctx_redirect(ctx, ifindex, 0 | 0);")
    code, sites = new_sites(sandbox, "HEAD")
    assert code == 1
    assert {path for path, _function in sites} == {"bpf/lib/nodeport.h"}
    sandbox.commit()
    assert new_sites(sandbox, "HEAD") == (0, set())
    assert new_sites(sandbox, "HEAD~1") == (1, sites)


def test_a_changed_configuration_is_new_where_no_source_changed(sandbox: Sandbox) -> None:
    text = (sandbox.root / "bpf" / "bpf-lint.toml").read_text()
    (sandbox.root / "bpf" / "bpf-lint.toml").write_text('ignore = ["*"]\n' + text)
    sandbox.commit("nothing is reported")
    assert sandbox.run("bpf-lint", "bpf/").code == 0
    (sandbox.root / "bpf" / "bpf-lint.toml").write_text(text)
    code, sites = new_sites(sandbox, "HEAD")
    assert code == 1
    assert len(sites) == 6


def test_todays_configuration_describes_a_revision_without_one(sandbox: Sandbox) -> None:
    file = sandbox.root / "bpf" / "bpf-lint.toml"
    text = file.read_text()
    file.unlink()
    sandbox.commit("no configuration")
    file.write_text(text)
    assert new_sites(sandbox, "HEAD") == (0, set())


@pytest.mark.parametrize("staged", [True, False])
def test_nothing_is_new_after_a_renamed_header(sandbox: Sandbox, staged: bool) -> None:
    lib = sandbox.root / "bpf" / "lib"
    (lib / "nodeport.h").rename(lib / "service.h")
    for file in sorted((sandbox.root / "bpf").rglob("*.[ch]")):
        file.write_text(file.read_text().replace("nodeport.h", "service.h"))
    if staged:
        sandbox.git("add", "-A")
    assert new_sites(sandbox, "HEAD") == (0, set())


def test_nothing_is_new_after_a_moved_folder(sandbox: Sandbox) -> None:
    (sandbox.root / "bpf").rename(sandbox.root / "datapath")
    done = sandbox.run("bpf-lint", "datapath/", "--new-since", "HEAD")
    assert done.code == 0, done.stdout
    assert "6 unchanged (6 of them renamed), 0 fixed" in " ".join(done.stdout.split())


def test_nothing_is_new_after_a_renamed_function(sandbox: Sandbox) -> None:
    for file in sorted((sandbox.root / "bpf").rglob("*.[ch]")):
        file.write_text(file.read_text().replace("tail_nodeport_reply4", "tail_reply4"))
    assert new_sites(sandbox, "HEAD") == (0, set())


def test_everything_is_new_where_the_revision_lacks_the_folder(sandbox: Sandbox) -> None:
    sandbox.git("checkout", "-q", "--orphan", "empty")
    sandbox.git("rm", "-rq", "--cached", ".")
    sandbox.git("commit", "-q", "--allow-empty", "-m", "empty")
    code, sites = new_sites(sandbox, "HEAD")
    assert (code, len(sites)) == (1, 6)


def test_a_program_that_the_revision_cannot_compile_is_said(sandbox: Sandbox) -> None:
    sandbox.edit("bpf/overlay.c", "\n", "\n#error broken\n")
    sandbox.commit("broken")
    sandbox.edit("bpf/overlay.c", "\n#error broken\n", "\n")
    done = sandbox.run("bpf-lint", "bpf/", "--new-since", "HEAD")
    assert done.code == 0, done.stdout
    assert "note: HEAD: not analysed: bpf/overlay.c" in done.stdout


def test_a_configured_baseline_need_not_be_in_the_revision(sandbox: Sandbox) -> None:
    file = sandbox.root / "bpf" / "bpf-lint.toml"
    file.write_text('baseline = "known.json"\n' + file.read_text())
    sandbox.commit("baseline without its file")
    done = sandbox.run("bpf-lint", "bpf/", "--write-baseline", "bpf/known.json")
    assert done.code == 0, done.stderr
    assert new_sites(sandbox, "HEAD") == (0, set())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--new-since", "nosuch"), "unknown git revision 'nosuch'"),
        (("--new-since", "HEAD", "-p", "bpf"), "--new-since does not go with -p"),
    ],
)
def test_what_cannot_be_compared_is_said(
    sandbox: Sandbox, arguments: tuple[str, ...], words: str
) -> None:
    done = sandbox.run("bpf-lint", "bpf/", *arguments)
    assert done.code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_repository(sandbox: Sandbox) -> None:
    (sandbox.root / ".git").rename(sandbox.home / "git")
    done = sandbox.run("bpf-lint", "bpf/", "--new-since", "HEAD")
    assert done.code == 2
    assert "needs a git work tree" in done.stderr


def test_diff_of_two_reports(sandbox: Sandbox) -> None:
    sandbox.run("bpf-lint", "bpf/", "--output-format", "json=old.json")
    sandbox.edit("bpf/lib/nodeport.h", LINE, "return ctx_redirect(ctx, ifindex, 0 | 0);")
    sandbox.run("bpf-lint", "bpf/", "--output-format", "json=new.json")
    done = sandbox.run("bpf-lint", "diff", "old.json", "new.json")
    assert done.code == 1
    assert "2 new, 2 fixed, 4 unchanged" in done.stdout
    assert sandbox.run("bpf-lint", "diff", "old.json", "old.json").code == 0
    sandbox.edit("bpf/overlay.c", "\n", "\n#error broken\n")
    sandbox.run("bpf-lint", "bpf/", "--output-format", "json=partial.json")
    done = sandbox.run("bpf-lint", "diff", "old.json", "partial.json")
    assert done.code == 2
    assert "partial.json: not analysed: bpf/overlay.c" in done.stderr
    (sandbox.root / "broken.json").write_text("{")
    done = sandbox.run("bpf-lint", "diff", "old.json", "broken.json")
    assert (done.code, "broken.json: not a bpf-lint JSON report" in done.stderr) == (2, True)


def test_baseline_and_comments_work_together(sandbox: Sandbox) -> None:
    comment = "/* bpf-lint: ignore[cross-netns-redirect] -- tested */"
    sandbox.edit("bpf/lib/nodeport.h", LINE, f"{LINE} {comment}")
    done = sandbox.run("bpf-lint", "bpf/", "--output-format", "concise")
    assert done.code == 1
    assert "nodeport.h" not in done.stdout
    assert "nodeport.h" in sandbox.run("bpf-lint", "bpf/", "--no-ignores").stdout
    (sandbox.root / "broken.json").write_text('{"version": 1, "findings": 3}')
    done = sandbox.run("bpf-lint", "bpf/", "--baseline", "broken.json")
    assert done.code == 2
    assert "broken.json: broken baseline: Expected `array`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--output-format", "text", "--output-format", "json"), "use FORMAT=FILE"),
        (("--output-format", "json=nowhere/a.json"), "cannot write nowhere/a.json"),
        (("--output-format", "json=bpf"), "cannot write bpf"),
        (("--output-format", "sarfi"), 'did you mean "sarif"?'),
        (("--write-baseline", "nowhere/b.json"), "cannot write the baseline"),
        (("--baseline", "none.json"), "none.json: cannot read the baseline"),
    ],
)
def test_output_that_cannot_be_written_is_said(
    sandbox: Sandbox, arguments: tuple[str, ...], words: str
) -> None:
    done = sandbox.run("bpf-lint", "bpf/", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert sandbox.git("status", "--porcelain") == ""


@pytest.mark.parametrize("at_definition", [True, False])
def test_a_comment_silences_a_call_in_a_macro(sandbox: Sandbox, at_definition: bool) -> None:
    comment = "/* bpf-lint: ignore[cross-netns-redirect] -- tested */"
    define = f"#define SEND(ctx, i) \\\n\tctx_redirect(ctx, i, 0) {comment * at_definition} \\\n"
    sandbox.edit("bpf/lib/nodeport.h", "#pragma once\n", f"#pragma once\n\n{define}\n")
    use = "" if at_definition else f" {comment}"
    sandbox.edit("bpf/lib/nodeport.h", LINE, f"return SEND(ctx, ifindex);{use}")
    done = sandbox.run("bpf-lint", "bpf/", "--output-format", "concise")
    assert done.code == 1, done.stderr
    assert "nodeport.h" not in done.stdout
    assert done.stderr == ""
    shown = sandbox.run("bpf-lint", "bpf/", "--no-ignores", "--output-format", "concise").stdout
    assert shown.count("bpf/lib/nodeport.h") == 2
