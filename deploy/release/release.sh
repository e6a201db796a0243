#!/usr/bin/env bash
# Releases a version: `release.sh --help` says how, docs/releasing.md says why.
#
# Two colours, blue and green, stand side by side; one of them is live. A release brings the new version up in the
# other one, looks at it, sends members there, and watches. Until the switch nothing that members use is touched;
# after it the colour of before still runs, so going back is one switch too.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=deploy/release/saying.sh
source "$here/saying.sh"
# shellcheck source=deploy/release/steps.sh
source "$here/steps.sh"

readonly STEPS=(backup build scan push deploy migrate verify switch watch)
# How it ends, beside 0: a step failed and members noticed nothing; wrongly asked; members were brought back to the
# version of before; and that could not be done, so somebody has to.
readonly FAILED=1 MISUSED=2 ROLLED_BACK=3 STRANDED=4

# What is given: from the environment, or by the option of the same name.
on=${RELEASE_ON:-kubernetes}
image=${IMAGE:-}
version=${VERSION:-}
public_url=${PUBLIC_URL:-}
prometheus=${PROMETHEUS_URL:-}
metrics=${METRICS_URLS:-}
minutes=${WATCH_MINUTES:-30}
namespace=${NAMESPACE:-community-savings}
from=backup
dry_run=false
wanted=release
python=${PYTHON:-$root/.venv/bin/python}

usage() {
  cat <<USAGE
Usage: deploy/release/release.sh [OPTION]...      (or: make release ARGS="OPTION...")

Brings a version out, step by step: ${STEPS[*]}.
A step that fails before the switch leaves the live colour as it is. After the switch, an error rate above
1 % or a p95 above 1000 ms brings the colour of before back, by itself.

  --on kubernetes|compose   where it runs (RELEASE_ON; now: $on)
  --image NAME              the image's name, with its registry (IMAGE)
  --version VERSION         its tag (VERSION; without one, what git describes)
  --public-url URL          where members reach it (PUBLIC_URL)
  --prometheus URL          who is asked while it is watched (PROMETHEUS_URL)
  --metrics URL[,URL]       or the /metrics of each web process, without a Prometheus (METRICS_URLS)
  --minutes N               how long it is watched (WATCH_MINUTES; now: $minutes)
  --namespace NAME          where in the cluster (NAMESPACE; now: $namespace)
  --from STEP               go on with this step, after one that failed
  --dry-run                 print what would be done, and do nothing
  --rollback                send members back to the other colour, now
  --retire                  stop the colour that is not live
  --unlock                  forget a release that died and left its lock
  --help                    this

It ends with 0 when the version is live and was watched, 1 when a step failed and members noticed nothing,
2 when it was wrongly asked, 3 when it rolled back, 4 when even that failed: then members need you.
USAGE
}

misused() {
  say "release: $1 (--help lists what there is)" >&2
  exit "$MISUSED"
}

read_options() {
  local name
  while (($#)); do
    case $1 in
      --on | --image | --version | --public-url | --prometheus | --metrics | --minutes | --namespace | --from)
        (($# > 1)) || misused "$1 needs a value"
        name=${1#--}
        printf -v "${name//-/_}" '%s' "$2"
        shift
        ;;
      --dry-run) dry_run=true ;;
      --rollback | --retire | --unlock) wanted=${1#--} ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) misused "there is no $1" ;;
    esac
    shift
  done
}

check_options() {
  [[ $on == kubernetes || $on == compose ]] || misused "--on is kubernetes or compose, not $on"
  [[ " ${STEPS[*]} " == *" $from "* ]] || misused "--from is one of: ${STEPS[*]}"
  [[ $minutes =~ ^[0-9]+$ ]] || misused "--minutes is a number, not $minutes"
  # shellcheck source=deploy/release/kubernetes.sh
  source "$here/$on.sh"
  [[ $wanted == release ]] || return 0
  [[ -n $image ]] || misused "--image is not given"
  [[ -n $public_url ]] || misused "--public-url is not given"
  [[ -n $prometheus$metrics ]] || misused "--prometheus or --metrics is not given: nobody could watch"
  if [[ -z $version ]]; then
    version=$(git -C "$root" describe --tags --always --dirty)
    [[ $version != *-dirty || $dry_run == true ]] || misused "there are changes that are not committed"
  fi
}

# Which colour is live, and which the new version gets. Once members were switched, the new version is the live one.
find_colours() {
  local live other=blue
  live=$(driver_live) || live=
  if [[ -z $live && $dry_run == true ]]; then
    say "(From here it cannot be seen which colour is live: as if it were blue.)"
    live=blue
  fi
  if [[ $live != blue && $live != green ]]; then
    say "release: no colour is live. The first time, go by docs/deployment.md." >&2
    exit "$FAILED"
  fi
  [[ $live == green ]] || other=green
  if [[ $from == watch ]]; then
    new=$live old=$other
  else
    new=$other old=$live
  fi
}

# Runs something, and leaves how it ended in `status`. In a condition, bash would go on after a command that failed:
# so this is called as it stands, in none.
try() {
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
}

release() {
  local step begun=false
  say "Releasing $image:$version on $on: $new is new, $old is what members use."
  for step in "${STEPS[@]}"; do
    [[ $step != "$from" ]] || begun=true
    [[ $begun == true ]] || continue
    say "▶ $step"
    doing=$step
    try "step_$step"
    [[ $status == 0 ]] || give_up "$step"
  done
  doing=
  conclude "✓ $version is live on $new. $old still runs: --rollback goes back to it, --retire stops it."
}

conclude() {
  if [[ $dry_run == true ]]; then say "Nothing of this was done."; else say "$1"; fi
}

give_up() {
  doing=
  case $1 in
    backup | build | scan | push)
      say "✗ $1 failed. $old is live, as before. Once it is mended: release.sh --from $1" >&2
      ;;
    deploy | migrate | verify)
      stop_new
      say "✗ $1 failed. $old is live, as before. Once it is mended: release.sh --from deploy" >&2
      ;;
    switch | watch)
      say "✗ $1 failed: back to $old" >&2
      roll_back
      exit "$ROLLED_BACK"
      ;;
  esac
  exit "$FAILED"
}

# Its workers would go on with members' payments, in a version that nobody trusts.
stop_new() {
  try driver_stop "$new"
  [[ $status == 0 ]] || say "✗ $new could not be stopped, and its workers work: --retire tries again." >&2
}

# Members on the colour of before again, and nothing of the new one runs.
roll_back() {
  try driver_switch "$old"
  [[ $status != 0 ]] || try smoke_outside
  if [[ $status != 0 ]]; then
    say "✗ $old does not answer members either. MEMBERS NEED YOU: docs/releasing.md, \"When going back fails\"." >&2
    exit "$STRANDED"
  fi
  stop_new
  conclude "✓ Members are on $old again, and $new is stopped: its logs say why it was no good."
}

# By hand, and so perhaps long after: what is not there any more is not gone back to.
roll_back_if_there() {
  try answers "$old"
  if [[ $status != 0 ]]; then
    say "✗ $old does not answer, so members stay on $new. Release its version: --version VERSION --from deploy" >&2
    exit "$FAILED"
  fi
  roll_back
}

retire() {
  try driver_stop "$old"
  [[ $status == 0 ]] || exit "$FAILED"
  conclude "✓ $old is stopped. $new is live, as before."
}

# The step that is under way; none is while a failure is dealt with, so that nothing interrupts that.
doing=
interrupted() {
  case $doing in
    "") return ;;
    switch | watch)
      say "✗ Interrupted in $doing: $new may be live, and nobody watches. release.sh --from watch, or --rollback." >&2
      exit "$FAILED"
      ;;
    *) give_up "$doing" ;;
  esac
}

main() {
  read_options "$@"
  check_options
  if [[ $wanted == unlock ]]; then
    run driver_unlock
    exit
  fi
  trap interrupted INT TERM
  if [[ $dry_run == false ]]; then
    driver_lock "$(id -un)@$(hostname) since $(date -u +%FT%TZ)" || {
      say "release: another one is under way. Where it died: --unlock" >&2
      exit "$FAILED"
    }
    trap 'driver_unlock || say "✗ The lock is left there: --unlock takes it away." >&2' EXIT
  fi
  [[ $wanted == release ]] || from=watch # so that what is live counts as new
  find_colours
  case $wanted in
    release) release ;;
    rollback) roll_back_if_there ;;
    retire) retire ;;
  esac
}

main "$@"
