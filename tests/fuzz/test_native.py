"""What random programs compute natively is what the evaluator of their IR computes.

The evaluator is what the analysis is held against (`tests/dataflow/test_soundness.py`); this holds
it, and lowering before it, against a compiler that knows nothing of them.
"""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from bpf_lint.model.integers import wrap
from tests.dataflow.compiling import PRELUDE, compile_c
from tests.dataflow.programs import Writer
from tests.dataflow.test_soundness import CELLS, NUMBERS, compute
from tests.fuzz.test_fuzz import EXAMPLES

COMPILER = shutil.which("cc") or ""
# What the compiler for BPF does: numbers wrap, and memory is bytes.
FLAGS = (
    "-std=gnu11",
    "-O1",
    "-w",
    "-fwrapv",
    "-fno-strict-aliasing",
    "-shared",
    "-fPIC",
    "-include",
    "prelude.h",
)

needs_compiler = pytest.mark.skipif(not COMPILER, reason="no C compiler (cc) on the PATH")


def native(source: str, folder: Path) -> ctypes.CDLL:
    """A program as a library of this machine."""
    (folder / "prelude.h").write_text(PRELUDE)
    (folder / "program.c").write_text(source)
    name = f"program{len(list(folder.iterdir()))}.so"  # a library is loaded once under a name
    command = [COMPILER, *FLAGS, "program.c", "-o", name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return ctypes.CDLL(str(folder / name))


@needs_compiler
def test_programs_compute_what_they_compute_natively(tmp_path: Path) -> None:
    for seed in range(EXAMPLES * 2):
        source = Writer(seed).program()
        unit, library = compile_c(source), native(source, tmp_path)
        draw = random.Random(seed)
        for _ in range(4):
            a, b = draw.choice(NUMBERS), draw.choice(NUMBERS)
            out = [draw.choice(NUMBERS) for _ in CELLS]
            memory = (ctypes.c_uint32 * len(out))(*(wrap(number, 32, False) for number in out))
            returned = library.f(ctypes.c_int(a), ctypes.c_uint32(wrap(b, 32, False)), memory)
            assert (returned, list(memory)) == compute(unit, a, b, out), f"seed {seed}: {source}"
