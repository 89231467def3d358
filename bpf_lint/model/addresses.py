"""Where bpf-lint is on the web: the one setting that `make docs` carries to every other place."""

REPOSITORY = "https://git.example.org/bpf-lint"
ACTION = "example-org/bpf-lint"  # owner and name of the repository at GitHub
DOCUMENTATION = "https://bpf-lint.example.org"
RELEASE = "v0.1.0"  # the newest one; `make release` sets it


def page_of_rule(rule: str) -> str:
    """The address of a rule's page."""
    return f"{DOCUMENTATION}/rules/{rule}/"
