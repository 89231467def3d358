"""Fingerprints survive edits that change nothing, and only those."""

import pytest

from bpf_lint.triage import fingerprint, normalise_statement

BASE = ("cross-netns-redirect", "a.h", "f", "return redirect(ctx, ifindex);", ("ipvlan",))


def test_a_digest_of_32_hex_digits() -> None:
    digest = fingerprint(*BASE)
    assert len(digest) == 32
    assert int(digest, 16) > 0


@pytest.mark.parametrize(
    "statement",
    [
        "\treturn redirect( ctx,ifindex ) ;",
        "return redirect(ctx, /* host */ ifindex); // why",
        "return redirect(ctx, \\\n ifindex);",
        "return redirect(ctx, ifindex);   \\",
        "return redirect(ctx, ifindex); /* bpf-lint: ignore[x] -- y",
    ],
)
def test_layout_and_comments_do_not_matter(statement: str) -> None:
    assert fingerprint(*BASE[:3], statement, BASE[4]) == fingerprint(*BASE)


@pytest.mark.parametrize(
    "changed",
    [
        ("other", *BASE[1:]),
        (BASE[0], "b.h", *BASE[2:]),
        (*BASE[:2], "g", *BASE[3:]),
        (*BASE[:3], "return redirect(ctx, other);", BASE[4]),
        (*BASE[:4], ("ipvlan", "veth")),
    ],
)
def test_everything_else_does(changed: tuple[str, str, str, str, tuple[str, ...]]) -> None:
    assert fingerprint(*changed) != fingerprint(*BASE)


def test_order_and_repetition_of_modes_do_not_matter() -> None:
    assert fingerprint(*BASE[:4], ["veth", "ipvlan", "veth"]) == fingerprint(
        *BASE[:4], ["ipvlan", "veth"]
    )


def test_strings_are_kept_as_they_are() -> None:
    assert normalise_statement('f("/* no  comment */", \'"\')') == 'f("/* no  comment */",\'"\')'


def test_words_stay_apart() -> None:
    assert normalise_statement("return  x") != normalise_statement("returnx")
    assert normalise_statement("unsigned/**/int x") == normalise_statement("unsigned int x")
