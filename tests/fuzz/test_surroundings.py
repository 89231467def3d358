"""Whatever surrounds programs: options, flags, formats, a damaged cache."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import click
from hypothesis import given
from hypothesis import strategies as st

from bpf_lint.cli.check import command
from bpf_lint.reporters import FORMATS
from tests.fuzz.mutations import WORDS, mutate, mutations, tokens
from tests.fuzz.test_fuzz import FUZZ, SECONDS, SOURCES, ended_well
from tests.running import Run, run_lint
from tests.test_fixtures import FIXTURES, FOLDERS

CLANG = [
    line.split("\t")[0]
    for line in (Path(__file__).parent.parent / "data" / "clang-options.txt")
    .read_text()
    .split("\n")
    if line and not line.startswith("#")
]
VALUES = [
    "",
    "0",
    "1",
    "-1",
    "1e400",
    "NaN",
    "*",
    "nothing",
    "..",
    "/",
    "a\nb",
    "\udc80",
    "--",
    "=",
    "ü",
]


@contextmanager
def copied(folder: str) -> Iterator[Path]:
    """A copy of a fixture, in a repository of its own."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        tree = Path(name).resolve() / "tree"
        shutil.copytree(FIXTURES / folder, tree / folder)
        shutil.copytree(FIXTURES / "include", tree / "include")
        (tree / ".git").mkdir()
        yield tree


def contents(tree: Path) -> dict[str, bytes]:
    return {str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*") if p.is_file()}


def options() -> st.SearchStrategy[list[str]]:
    """A few options of `check`, with values that may make no sense."""

    def spelt(parameter: click.Parameter, value: str) -> list[str]:
        name = max(parameter.opts, key=len)
        return [name] if getattr(parameter, "is_flag", False) else [f"{name}={value}"]

    # These write where they are told, ask git, or never end.
    apart = {"formats", "write_baseline", "new_since", "cache_dir", "watch"}
    known = [p for p in command.params if isinstance(p, click.Option) and p.name not in apart]
    return st.lists(
        st.builds(spelt, st.sampled_from(known), st.sampled_from(VALUES)), min_size=1, max_size=3
    ).map(lambda found: [word for words in found for word in words])


@FUZZ
@given(st.sampled_from(FOLDERS), options())
def test_options_that_make_no_sense_end_well(folder: str, chosen: list[str]) -> None:
    with copied(folder) as tree:
        before = contents(tree)
        words = [
            word.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for word in chosen
        ]
        done = run_lint("check", "--no-cache", *words, folder, cwd=tree, timeout=SECONDS)
        assert ended_well(done), done.stdout + done.stderr
        assert contents(tree) == before


def flags() -> st.SearchStrategy[list[str]]:
    """Flags of a compilation database: options of clang, in some form."""
    forms = ["{0}", "{0}={1}", "{0}{1}", "{0} {1}", "-Xclang {0}", "-mllvm {0}={1}", "-Wp,{0}"]
    values = st.sampled_from(["x", "1", "written", "pod.c", "/etc/passwd", "bpf", "all", "-"])
    one = st.builds(
        lambda form, name, value: form.format(name, value).split(),
        st.sampled_from(forms),
        st.sampled_from(CLANG),
        values,
    )
    return st.lists(one, min_size=1, max_size=5).map(
        lambda f: [word for words in f for word in words]
    )


@FUZZ
@given(st.sampled_from(SOURCES), flags())
def test_flags_that_make_no_sense_end_well(source: tuple[str, str], chosen: list[str]) -> None:
    folder, file = source
    with copied(folder) as tree:
        arguments = ["clang", "-I../include", *chosen, "-c", file]
        entry = {"directory": str(tree / folder), "file": file, "arguments": arguments}
        (tree / "compile_commands.json").write_text(json.dumps([entry]))
        before = contents(tree)
        done = run_lint("check", "--no-cache", "-p", ".", folder, cwd=tree, timeout=SECONDS)
        assert ended_well(done), done.stdout + done.stderr
        assert contents(tree) == before


def well_formed(name: str, done: Run) -> bool:
    """True for output that a reader of the format takes."""
    if name in ("junit", "checkstyle"):
        ElementTree.fromstring(done.stdout)
    elif name in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(done.stdout)
    elif name == "jsonl":
        [json.loads(line) for line in done.stdout.splitlines()]
    return True


@FUZZ
@given(
    st.sampled_from(SOURCES),
    st.sampled_from(sorted(FORMATS)),
    mutations(WORDS),
)
def test_each_format_is_well_formed_whatever_is_reported(
    source: tuple[str, str], name: str, changes: list[tuple[str, float, str]]
) -> None:
    folder, file = source
    with copied(folder) as tree:
        path = tree / folder / file
        path.write_text("".join(mutate(tokens(path.read_text()), changes[:1])))
        chosen = ("--no-cache", "--select", "*", "--show-unknown", "--output-format", name)
        done = run_lint("check", *chosen, folder, cwd=tree, timeout=SECONDS)
        assert ended_well(done), done.stdout + done.stderr
        if done.stdout:
            assert well_formed(name, done)


def damaged(data: bytes, kind: str, draw: random.Random) -> bytes:
    """A file of the cache after some damage."""
    at = draw.randrange(len(data) + 1)
    match kind:
        case "cut":
            return data[:at]
        case "flip":
            return (
                data[:at]
                + bytes(b ^ 1 << draw.randrange(8) for b in data[at : at + 1])
                + data[at + 1 :]
            )
        case "zero":
            return data[:at] + b"\0" * len(data[at:])
        case "grow":
            return data[:at] + draw.randbytes(40) + data[at:]
    return draw.randbytes(len(data))


@FUZZ
@given(
    st.sampled_from(FOLDERS),
    st.sampled_from(["cut", "flip", "zero", "grow", "noise", "swap"]),
    st.integers(0, 1 << 30),
    st.booleans(),
)
def test_a_damaged_cache_gives_no_other_answer(
    folder: str, kind: str, seed: int, edited: bool
) -> None:
    draw = random.Random(seed)
    with copied(folder) as tree:
        cache = tree.parent / "cache"
        asked = ("check", "--output-format", "json", "--cache-dir", cache, folder)
        run_lint(*asked, cwd=tree, timeout=SECONDS)
        if edited:  # so that parts of the cache answer, and not the whole
            one = sorted((tree / folder).glob("*.c"))[0]
            one.write_text(one.read_text() + "\nstatic int added;\n")
        wanted = run_lint(*asked[:-3], "--no-cache", folder, cwd=tree, timeout=SECONDS)
        files = sorted(path for path in cache.rglob("*") if path.is_file())
        for path in draw.sample(files, min(len(files), 3)):
            other = draw.choice(files)
            data = other.read_bytes() if kind == "swap" else damaged(path.read_bytes(), kind, draw)
            path.write_bytes(data)
        done = run_lint(*asked, cwd=tree, timeout=SECONDS)
        assert (done.code, done.stdout) == (wanted.code, wanted.stdout), done.stderr
