# shellcheck shell=bash
# How a release is done with compose: each colour is a profile, and members go where the proxy finds a file.

compose=(docker compose --project-directory "${root:?}/deploy/compose" --profile blue --profile green)
settings=$root/deploy/compose/.env
green_is_live=$root/deploy/compose/live/green

driver_live() {
  [[ -e $settings ]] || return 1
  if [[ -e $green_is_live ]]; then printf green; else printf blue; fi
}

# Held as long as this process lives: none is left by a release that died.
driver_lock() {
  exec 9>"${TMPDIR:-/tmp}/community-savings-release.lock"
  flock --nonblock 9
}
driver_unlock() { exec 9>&-; }

driver_start() {
  local colour=$1 tag=$2
  remember "${colour^^}_IMAGE" "$tag"
  remember COMPOSE_PROFILES blue,green
  run "${compose[@]}" up --detach "web-$colour" "pages-$colour" "worker-$colour" "scheduler-$colour"
}

driver_ready() {
  run "${compose[@]}" up --detach --wait "web-$1" "pages-$1" "worker-$1" "scheduler-$1"
}

# A command of the bot, by itself, with the image and all that a process of this colour has.
driver_once() {
  local colour=$1
  shift
  run "${compose[@]}" run --rm --no-deps -T "scheduler-$colour" "$@"
}

# What is written there, in the place of what was, holds for whoever types `docker compose up` later.
remember() { run sed -i -e "\$a$1=$2" -e "/^$1=/d" "$settings"; }

# A command in a process of a colour.
driver_run() {
  local colour=$1 process=$2
  shift 2
  run "${compose[@]}" exec -T "$process-$colour" "$@"
}

# The proxy looks for the file at each request, so there is no moment between the two.
driver_switch() {
  if [[ $1 == green ]]; then
    run mkdir -p "$(dirname "$green_is_live")"
    run touch "$green_is_live"
  else
    run rm -f "$green_is_live"
  fi
}

driver_stop() {
  local colour=$1 other=blue
  [[ $colour == green ]] || other=green
  run "${compose[@]}" stop "web-$colour" "pages-$colour" "worker-$colour" "scheduler-$colour"
  remember COMPOSE_PROFILES "$other"
}
