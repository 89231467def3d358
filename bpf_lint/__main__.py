"""The entrance: `bpf-lint` and `python -m bpf_lint`."""

from __future__ import annotations

import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    # `python -m` puts the current folder first, and that may be the tree that is analysed.
    del sys.path[0]

import os
import signal


def main() -> None:
    """Run the command line; asking for the version alone loads nothing."""
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback before someone catches it
    _replace_closed_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from bpf_lint import __version__

        print(f"bpf-lint {__version__}")
        return
    from bpf_lint.cli import main as command_line
    from bpf_lint.cli.streams import take_descriptors

    take_descriptors()
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = command_line(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while the first was being told
        code = 2
    # What is left to do is to end: a signal must not show where Python is in that.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(code)


def _replace_closed_streams() -> None:
    """What is written to a stream that is closed from the start goes nowhere."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


if __name__ == "__main__":
    main()
