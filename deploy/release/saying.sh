# shellcheck shell=bash
# How a release says what it does, and does it; with --dry-run, says it only.

say() { printf '%s\n' "$*"; }

# A command, or its words where nothing is to be done. Whatever changes something goes through here.
run() {
  local words
  printf -v words ' %q' "$@"
  say "  +$words"
  [[ ${dry_run:?} == true ]] || "$@"
}
