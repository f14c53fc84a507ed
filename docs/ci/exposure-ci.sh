#!/usr/bin/env bash
# Runs one scan as CI wants it: every report in one folder, annotations where there is GitHub, the scan's own exit code.
#
# All options come from the environment, so that no value is ever read as shell code:
#   EXPOSURE_TARGETS          targets, one a line
#   EXPOSURE_TARGETS_FILE     a file of targets
#   EXPOSURE_FROM_COMPOSE     a Compose file whose published ports are the targets
#   EXPOSURE_WAIT             as --wait: how long to wait until what is published accepts
#   EXPOSURE_PORTS            as --ports
#   EXPOSURE_FAIL_ON          as --fail-on
#   EXPOSURE_ACCEPT           a file of expected exposures
#   EXPOSURE_BASELINE         an earlier JSON report; passed over when it does not exist yet
#   EXPOSURE_MIN_COVERAGE     as --min-coverage
#   EXPOSURE_OUT              where the reports go (exposure-report)
set -euo pipefail

arguments=(scan --no-progress)
if [[ -n "${EXPOSURE_TARGETS_FILE:-}" ]]; then arguments+=(--targets "$EXPOSURE_TARGETS_FILE"); fi
if [[ -n "${EXPOSURE_FROM_COMPOSE:-}" ]]; then arguments+=(--from-compose "$EXPOSURE_FROM_COMPOSE"); fi
if [[ -n "${EXPOSURE_WAIT:-}" ]]; then arguments+=(--wait "$EXPOSURE_WAIT"); fi
if [[ -n "${EXPOSURE_PORTS:-}" ]]; then arguments+=(--ports "$EXPOSURE_PORTS"); fi
if [[ -n "${EXPOSURE_FAIL_ON:-}" ]]; then arguments+=(--fail-on "$EXPOSURE_FAIL_ON"); fi
if [[ -n "${EXPOSURE_ACCEPT:-}" ]]; then arguments+=(--accept "$EXPOSURE_ACCEPT"); fi
if [[ -f "${EXPOSURE_BASELINE:-}" ]]; then arguments+=(--baseline "$EXPOSURE_BASELINE"); fi
if [[ -n "${EXPOSURE_MIN_COVERAGE:-}" ]]; then arguments+=(--min-coverage "$EXPOSURE_MIN_COVERAGE"); fi

out="${EXPOSURE_OUT:-exposure-report}"
mkdir -p "$out"
for name in exposure.json exposure.html exposure.sarif junit:exposure.junit.xml gitlab:gl-dast-report.json; do
  case "$name" in
    *:*) arguments+=(--output "${name%%:*}:$out/${name#*:}") ;;
    *) arguments+=(--output "$out/$name") ;;
  esac
done
if [[ -n "${GITHUB_ACTIONS:-}" ]]; then arguments+=(--format github); fi

while IFS= read -r target; do
  if [[ "$target" =~ [^[:space:]] ]]; then targets+=("$target"); fi
done <<< "${EXPOSURE_TARGETS:-}"

status=0
# The two dashes keep a target that starts with one from being an option.
exposure "${arguments[@]}" -- ${targets[@]+"${targets[@]}"} || status=$?
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then
  { echo "exit-code=$status"; echo "report=$out/exposure.json"; echo "sarif=$out/exposure.sarif"; } >> "$GITHUB_OUTPUT"
fi
exit "$status"
