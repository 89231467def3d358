"""Lists of options that a tree keeps for its own tests, as configurations."""

from __future__ import annotations

from pathlib import Path

from bpf_lint.config.probes import content, matches
from bpf_lint.config.schema import Configuration, Profile
from bpf_lint.sources.tree import Tree

TREE = "tree"  # the name that stands for all of them
STEM = "{stem}"


def option_lists(profile: Profile, tree: Tree) -> dict[str, Configuration]:
    """The tree's own option lists; lists of the same name, one a program, belong together."""
    lists: dict[str, dict[str, list[str]]] = {}
    for pattern in profile.option_lists:
        for program in profile.programs:
            stem = Path(program.path).stem
            if "*" in stem:
                continue
            for path in matches(pattern.replace(STEM, stem), Path(tree.folder)):
                if not tree.reading().in_tree(path):
                    continue
                name = _name(path.relative_to(tree.folder), stem)
                lists.setdefault(name, {})[program.path] = _defines(content(path))
    return {
        name: Configuration(programs=programs, description="a list of options of the tree's own")
        for name, programs in sorted(lists.items())
    }


def _name(path: Path, stem: str) -> str:
    parts = [part for part in path.with_suffix("").parts if part != stem]
    return f"{TREE}:{'/'.join(parts)}"


def _defines(text: str) -> list[str]:
    return [word[2:] for word in text.split() if word.startswith("-D") and len(word) > 2]
