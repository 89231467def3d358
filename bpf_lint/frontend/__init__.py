"""The front end: libclang's view of a program, lowered to the IR."""

from bpf_lint.frontend.clang import version
from bpf_lint.frontend.frontend import FrontEnd
from bpf_lint.frontend.kept import FunctionStore, MemoryStore

__all__ = ["FrontEnd", "FunctionStore", "MemoryStore", "version"]
