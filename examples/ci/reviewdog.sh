#!/bin/sh
# reviewdog: comments of findings on the changed lines, wherever reviewdog knows how to comment.
# usage: reviewdog.sh REPORTER PATH...
#   github-pr-review       GitHub        (REVIEWDOG_GITHUB_API_TOKEN)
#   gitlab-mr-discussion   GitLab        (REVIEWDOG_GITLAB_API_TOKEN)
#   gerrit-change-review   Gerrit        (GERRIT_ADDRESS, GERRIT_CHANGE_ID, GERRIT_REVISION_ID,
#                                         GERRIT_USERNAME, GERRIT_PASSWORD, GERRIT_BRANCH)
# Exit code: that of bpf-lint, so that a program that could not be analysed never looks clean.
set -eu

reporter=$1
shift
report=$(mktemp)
trap 'rm -f "$report"' EXIT

code=0
bpf-lint check --output-format rdjson="$report" --output-format concise -- "$@" || code=$?
if [ -s "$report" ]; then
    reviewdog -f=rdjson -name=bpf-lint -reporter="$reporter" -filter-mode=added <"$report"
fi
exit "$code"
