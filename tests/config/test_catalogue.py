"""The shipped rule files, and broken ones beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder, profile_from_text
from bpf_lint.config.choose import choose
from bpf_lint.config.crosscheck import check_kernel, check_profile
from bpf_lint.config.probes import content
from bpf_lint.config.user import FILE, extend, find, load
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust
from bpf_lint.rules.check import check_rule
from bpf_lint.sources.flags import vet


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A copy of the shipped files, to be changed."""
    shutil.copytree(data_folder(), tmp_path / "rules")
    return Catalogue(tmp_path / "rules")


def test_shipped_files_are_consistent() -> None:
    shipped = Catalogue(data_folder())
    for document, part in shipped.kernel_parts:
        check_kernel(part, shipped.kernel, document.error)
    for one in shipped.loaded_rules:
        check_rule(one.rule, shipped.kernel, one.document.error)
    for loaded in shipped.profiles:
        check_profile(loaded.profile, loaded.profile, shipped.kernel, loaded.document.error)


def test_flags_of_shipped_profiles_are_harmless(tmp_path: Path) -> None:
    for one in Catalogue(data_folder()).profiles:
        flags = one.profile.front_end.flags
        found = vet(flags, tmp_path, tmp_path, Reach(str(tmp_path)), Trust.SHIPPED)
        assert (found.ignored, found.outside) == ((), ())


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('kind = "redirect"', 'kind = "redirct"', 'value "redirct"; did you mean "redirect"?'),
        ('["negative"]', '["negtive"]', 'value "negtive"; did you mean "negative"?'),
        ('types = ["xdp"]', 'types = ["xpd"]', 'value "xpd"; did you mean "xdp"?'),
        ('"plen"', '"plenn"', 'unknown parameter "plenn"; did you mean "plen"?'),
        ('length = "plen"', 'length = "nolen"', 'unknown parameter "nolen"'),
        ('callback = "callback_fn"', 'callback = "call"', 'unknown parameter "call"'),
        ("nexthop = ", "nexthp = ", 'unknown key "nexthp" in [helpers.redirect_neigh.effect]'),
        ('kind = "redirect_map",', 'kind = "redirect_map", mapp = "map",', 'unknown key "mapp"'),
        ("verdict = { tc", "verdict = { tcc", 'value "tcc"; did you mean "tc"?'),
    ],
)
def test_a_typo_in_the_kernel_model_is_an_error(
    catalogue: Catalogue, right: str, wrong: str, message: str
) -> None:
    file = catalogue.folder / "kernel" / "helpers.toml"
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong, 1))
    with pytest.raises(ConfigError) as failed:
        for document, part in catalogue.kernel_parts:
            check_kernel(part, catalogue.kernel, document.error)
    assert message in str(failed.value)
    line = text[: text.index(right)].count("\n") + 1
    assert f"helpers.toml:{line}: " in str(failed.value)


def test_a_helper_in_two_files_is_refused(catalogue: Catalogue) -> None:
    extra = catalogue.folder / "kernel" / "zz.toml"
    extra.write_text('\n[helpers.redirect]\nnumber = 23\nprototype = "int f(void)"\n')
    with pytest.raises(ConfigError, match=r'zz.toml:2: "redirect" is in another file'):
        _ = catalogue.kernel


def test_a_rule_id_is_used_once(catalogue: Catalogue) -> None:
    shipped = next(iter((catalogue.folder / "checks").glob("*.toml")))
    extra = Catalogue(catalogue.folder, (shipped,))
    with pytest.raises(ConfigError, match=r"rule .* is in .* as well"):
        _ = extra.rules


def test_the_digest_follows_every_file(catalogue: Catalogue) -> None:
    before = catalogue.digest
    (catalogue.folder / "profiles" / "new.toml").write_text('name = "new"\n')
    assert Catalogue(catalogue.folder).digest != before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'name = "p"\n[devices.d]\nkind = "vteh"\nnetns = "host"\n',
            'profile.toml:3: unknown device kind "vteh"; did you mean "veth"?',
        ),
        (
            'name = "p"\n[devices.bond0]\nkind = "bond"\nnetns = "host"\n[devices.d]\n'
            'kind = "ethernet"\nnetns = "host"\nmaster = "bond"\n',
            'profile.toml:8: unknown device "bond"; did you mean "bond0"?',
        ),
        (
            'name = "p"\n[[attachments]]\nprogram = "a"\nentries = []\nhook = "tc-ingres"\n'
            'device = "d"\n',
            'profile.toml:5: unknown hook "tc-ingres"; did you mean "tc-ingress"?',
        ),
        (
            'name = "p"\n[devices.lxc]\nkind = "veth"\nnetns = "h"\n[[attachments]]\n'
            'program = "a"\nentries = []\nhook = "xdp"\ndevice = "lcx"\n',
            'profile.toml:9: unknown device "lcx"; did you mean "lxc"?',
        ),
        (
            'name = "p"\n[modes.veth]\n[configurations.c]\nmodes = ["vet"]\n',
            'profile.toml:4: unknown mode "vet"; did you mean "veth"?',
        ),
        (
            'name = "p"\n[devices.d]\nkind = "veth"\nnetns = "h"\n[[attachments]]\nprogram = "a"\n'
            'entries = []\nhook = "xdp"\ndevice = "d"\nwhen = "A &&"\n',
            "profile.toml:10: not a C expression or prototype: A &&",
        ),
    ],
)
def test_references_are_checked(text: str, expected: str) -> None:
    loaded = profile_from_text(text)
    kernel = Catalogue(data_folder()).kernel
    with pytest.raises(ConfigError) as caught:
        check_profile(loaded.profile, loaded.profile, kernel, loaded.document.error)
    assert str(caught.value).startswith(expected)


def test_the_first_profile_that_recognises_the_tree_is_chosen(catalogue: Catalogue) -> None:
    for name, mark in (("aa-one", "one"), ("aa-two", "two")):
        (catalogue.folder / "profiles" / f"{name}.toml").write_text(
            f'name = "mine"\ndescription = "{mark}"\n'
            f'recognise = [{{ path = "main.c", contains = "{mark}" }}]\n'
        )
    tree = catalogue.folder.parent / "tree"
    tree.mkdir()
    (tree / "main.c").write_text("two")
    choice = choose(catalogue, tree)
    assert (choice.recognised, choice.loaded.profile.description) == (True, "two")
    (tree / "main.c").write_text("three")
    content.cache_clear()
    assert choose(catalogue, tree).loaded.profile.name == "generic"
    asked = choose(catalogue, tree, "mine")
    assert asked.recognised
    assert "does not recognise this tree: main.c" in asked.notes[0]
    with pytest.raises(ConfigError, match='unknown profile "mien"; did you mean "mine"'):
        choose(catalogue, tree, "mien")


def test_the_nearest_configuration_is_found_up_to_the_root(tmp_path: Path) -> None:
    below = tmp_path / "repo" / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / FILE).write_text('ignore = ["outside"]\n')
    root = tmp_path / "repo"
    assert find(below, root, Trust.TREE, root).document is None
    (root / "pyproject.toml").write_text('[tool.bpf-lint]\nignore = ["project"]\n')
    assert find(below, root, Trust.TREE, root).settings.ignore == ["project"]
    (root / "a" / FILE).write_text('ignore = ["near"]\n')
    assert find(below, root, Trust.TREE, root).settings.ignore == ["near"]


def test_errors_in_pyproject_are_located(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\n\n[tool.bpf-lint]\nslect = ["a"]\n')
    with pytest.raises(ConfigError, match=r'toml:5: unknown key "slect"; did you mean "select"'):
        load(path, Trust.TREE, path.parent)


def test_a_users_keys_extend_and_replace_the_profile() -> None:
    base = profile_from_text(
        'name = "p"\n[[symbols]]\nname = "A"\nnetns = "host"\n[values]\nx = 1\ny = 1\n'
        '[[programs]]\npath = "a.c"\n'
    ).profile
    user = UserConfiguration(
        symbols=[type(base.symbols[0])(name="A", netns="pod")], values={"x": 2}
    )
    merged = extend(base, user, alone=False)
    assert [one.netns for one in merged.symbols] == ["pod"]
    assert merged.values == {"x": 2, "y": 1}
    assert [one.path for one in merged.programs] == ["a.c"]


def test_every_shipped_rule_says_in_half_a_line_what_is_wrong() -> None:
    for rule in Catalogue(data_folder()).rules:
        assert "{" in rule.fact, rule.id
        assert len(rule.fact) < 120, rule.id
