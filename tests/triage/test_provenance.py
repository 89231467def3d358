"""Which repository and commit were analysed: shown without names, passwords and folders."""

from __future__ import annotations

import pytest

from bpf_lint.triage.revision import provenance, public_address
from tests.usage.sandbox import Sandbox


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://git.example.org/a/b.git", "https://git.example.org/a/b.git"),
        ("https://user:secret@git.example.org:8443/a.git", "https://git.example.org:8443/a.git"),
        ("https://secret@git.example.org/a?token=secret#x", "https://git.example.org/a"),
        ("git@git.example.org:a/b.git", "ssh://git.example.org/a/b.git"),
        ("ssh://git@git.example.org:22/a.git", "ssh://git.example.org:22/a.git"),
        ("https://git.example.org/a b\x1b\n.git", "https://git.example.org/a%20b%1B.git"),
        ("/srv/git/secret", ""),
        ("../secret", ""),
        ("file:///srv/git", ""),
        ("ext::sh -c 'touch x'", ""),
        ("", ""),
    ],
)
def test_addresses_that_may_be_shown(remote: str, address: str) -> None:
    assert public_address(remote) == address


def test_the_state_of_a_repository(sandbox: Sandbox) -> None:
    assert provenance(sandbox.root) is None  # no remote
    sandbox.git("remote", "add", "origin", "https://me:secret@git.example.org/a.git")
    revision = sandbox.git("rev-parse", "HEAD").strip()
    assert provenance(sandbox.root) == ("https://git.example.org/a.git", revision, "main")
    sandbox.git("checkout", "-q", "--detach")
    assert provenance(sandbox.root) == ("https://git.example.org/a.git", revision, "")
    assert provenance(sandbox.home) is None
