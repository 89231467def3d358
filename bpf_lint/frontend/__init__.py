"""The front end: libclang's view of a program, lowered to the IR."""

from bpf_lint.frontend.clang import version
from bpf_lint.frontend.flags import FREESTANDING
from bpf_lint.frontend.frontend import FrontEnd, FunctionStore, MemoryStore

__all__ = ["FREESTANDING", "FrontEnd", "FunctionStore", "MemoryStore", "version"]
