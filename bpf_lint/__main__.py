"""The entrance: `bpf-lint` and `python -m bpf_lint`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; asking for the version alone loads nothing."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from bpf_lint import __version__

        print(f"bpf-lint {__version__}")
        return
    from bpf_lint.cli import main as command_line

    sys.exit(command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
