#!/usr/bin/env bash
# Validates $POLICIES, lints them when $LINT is true, and runs the cases of $TESTS. Ends with the
# worst exit code of these, after all of them.
set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
edge() {
  if [ -n "${EDGE:-}" ]; then "$EDGE" "$@"; else npx bun run "$root/src/edge.ts" "$@"; fi
}
worst=0
step() {
  echo "::group::edge $*"
  edge "$@"
  local code=$?
  echo "::endgroup::"
  if [ "$code" -ne 0 ]; then echo "::error::edge $1 ended with exit code $code"; fi
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
}

# Words, not patterns: a name with an asterisk is a name.
set -f
read -r -d '' -a policies <<<"${POLICIES:-}" || true
read -r -d '' -a tests <<<"${TESTS:-}" || true
if [ "${#policies[@]}" -eq 0 ] && [ "${#tests[@]}" -eq 0 ]; then
  echo "::error::nothing to check: set policies, tests or both"
  exit 64
fi
if [ "${#policies[@]}" -gt 0 ]; then
  step validate -- "${policies[@]}"
  if [ "${LINT:-false}" = true ]; then step lint -- "${policies[@]}"; fi
fi
if [ "${#tests[@]}" -gt 0 ]; then
  junit=()
  if [ -n "${JUNIT:-}" ]; then junit=(--junit "$JUNIT"); fi
  step test ${junit[@]+"${junit[@]}"} -- "${tests[@]}"
fi
exit "$worst"
