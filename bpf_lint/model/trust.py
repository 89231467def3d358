"""Whose word a setting is: what may be done with it depends on that, and on nothing else.

SECURITY.md has the table. Every setting that names a file, a folder or a flag goes with a `Trust`.
"""

from __future__ import annotations

from enum import Enum


class Trust(Enum):
    """Who says it.

    Attributes:
        USER: The person who runs bpf-lint: the command line, the environment, and configuration
            files that lie outside of the analysed repository.
        FOLDER: A configuration file that lies in no repository: a folder of the user's, or one
            that was unpacked.
        SHIPPED: A profile of bpf-lint's own. It names folders of trees that it has not seen; those
            that lie outside of the tree at hand are left out.
        TREE: Whoever wrote the analysed repository, perhaps a stranger's pull request: sources, and
            every configuration file, compilation database, baseline and rule file in it.
    """

    USER = "user"
    FOLDER = "folder"
    SHIPPED = "shipped"
    TREE = "tree"

    @property
    def leaves_tree(self) -> bool:
        """True where it may name any file outside of what is analysed."""
        return self is Trust.USER

    @property
    def names_headers_outside(self) -> bool:
        """True where it may name include folders outside of what is analysed."""
        return self in (Trust.USER, Trust.FOLDER)
