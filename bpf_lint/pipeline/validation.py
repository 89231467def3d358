"""Checks of everything that was configured, before the first analysis with it."""

from __future__ import annotations

from bpf_lint.config.consistency import check_user
from bpf_lint.config.crosscheck import check_kernel, check_profile
from bpf_lint.pipeline.globs import check_paths
from bpf_lint.pipeline.planning import Setup
from bpf_lint.rules.check import check_rule


def check(setup: Setup) -> None:
    """Check references and C expressions in the files that this run uses.

    Raises:
        ConfigError: With the file, the line and a near match.
    """
    kernel = setup.catalogue.kernel
    for document, part in setup.catalogue.kernel_parts:
        check_kernel(part, kernel, document.error)
    for one in setup.catalogue.loaded_rules:
        check_rule(one.rule, kernel, one.document.error)
    for plan in setup.plans:
        workspace = plan.workspace
        shipped = workspace.choice.loaded
        check_profile(shipped.profile, shipped.profile, kernel, shipped.document.error)
        check_user(workspace.user, workspace.profile, kernel)
        if workspace.user.document and not setup.request.lenient:
            check_paths(plan)
