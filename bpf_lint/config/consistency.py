"""The user's configuration, held against itself and against what it adds to."""

from __future__ import annotations

from bpf_lint.config.contradictions import check_contradictions
from bpf_lint.config.crosscheck import check_profile
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.config.user import LoadedUser


def check_user(user: LoadedUser, whole: Profile, kernel: KernelModel) -> None:
    """Check the references in a user's configuration, and that it does not contradict itself.

    Args:
        whole: The profile with the user's keys merged.

    Raises:
        ConfigError: With the file, the line and a near match.
    """
    if user.document:
        check_profile(user.settings, whole, kernel, user.error)
        check_contradictions(user.settings, whole, kernel, user.error)
