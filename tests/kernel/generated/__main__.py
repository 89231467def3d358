"""Prints the generated programs of a mode: `python -m tests.kernel.generated veth`."""

from __future__ import annotations

import sys

from .draft import SHARES, drafts
from .writing import text

if __name__ == "__main__":
    for mode in sys.argv[1:] or SHARES:
        print(text(drafts(mode)))
