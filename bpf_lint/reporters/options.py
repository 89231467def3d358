"""What a reporter may use besides the report itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from bpf_lint import __version__
from bpf_lint.config.rule_schema import Rule
from bpf_lint.model import addresses

_ADDRESS = re.compile(r"https?://[!-~]+")
ReadSource = Callable[[str], "str | None"]


def no_source(_path: str) -> str | None:
    """Source reader that knows no file."""
    return None


class Repository(msgspec.Struct, frozen=True):
    """The state that was analysed.

    Args:
        address: URL of the repository, without names or passwords.
        revision: Hash of the commit that is checked out.
        branch: Name of the branch, "" for none.
    """

    address: str
    revision: str
    branch: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Choices of the person, and the texts that findings refer to.

    Args:
        rules: Rule files by rule id: titles and help texts.
        read_source: Text of a file by its path in the report, None where it cannot be read.
        color: Colour the text with ANSI sequences.
        hyperlinks: Make `path:line` a terminal hyperlink (OSC 8).
        width: Columns to wrap text at, at most `paint.WIDEST`.
        root: Absolute folder that the paths of the report start from; for hyperlinks.
        folder: Absolute folder that people work in, whose reports have paths from there; "" for
            the root.
        base: Absolute folder that paths begin in, said once where people work in another one; ""
            where paths can be opened as they are.
        paths: What was asked about, as it was typed; for hints.
        statistics: Add a table of findings by rule and mode.
        show_unknown: Add redirects whose ifindex has an origin that is not known.
        new_since: Revision that the findings are new since, "" for all findings.
        version: Version of the tool.
        repository: What is analysed, None where nobody knows or asks.
        shipped: Rules that come with bpf-lint, and have a page in its documentation.
    """

    rules: Mapping[str, Rule] = {}
    read_source: ReadSource = no_source
    color: bool = False
    hyperlinks: bool = False
    width: int = 100
    root: str = ""
    folder: str = ""
    base: str = ""
    paths: tuple[str, ...] = ()
    statistics: bool = False
    show_unknown: bool = False
    new_since: str = ""
    version: str = __version__
    repository: Repository | None = None
    shipped: frozenset[str] = frozenset()

    def page_of(self, rule: str) -> str:
        """The address of a rule's page: in the documentation, else the first that it refers to."""
        if rule in self.shipped:
            return addresses.page_of_rule(rule)
        references = self.rules[rule].references if rule in self.rules else []
        return next((one for one in references if _ADDRESS.fullmatch(one)), "")
