"""Rules: conditions over events and their contexts, and the findings that they make."""

from bpf_lint.rules.elsewhere import Done
from bpf_lint.rules.evaluate import Reached, evaluate
from bpf_lint.rules.merge import merge
from bpf_lint.rules.modes import Ran, compared
from bpf_lint.rules.text import restated

__all__ = ["Done", "Ran", "Reached", "compared", "evaluate", "merge", "restated"]
