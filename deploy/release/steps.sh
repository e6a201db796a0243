# shellcheck shell=bash
# The steps of a release, in their order. Each stops at the first command that fails. What differs between
# Kubernetes and compose is in the driver of that name.

: "${prometheus=}" "${metrics=}" "${public_url=}"

# Nothing is brought out that could not be undone: a backup is made before anything else.
step_backup() {
  driver_run "${old:?}" scheduler python -m bot backup
}

step_build() {
  local revision
  revision=$(git -C "${root:?}" rev-parse HEAD)
  run "$(builder)" build --tag "$(tag)" --build-arg "VERSION=${version:?}" --build-arg "REVISION=$revision" "$root"
}

# A hole that is known, is bad, and can be mended by an upgrade stops the release.
step_scan() {
  run trivy image --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed "$(tag)"
}

step_push() {
  if [[ ${image:?} != */* ]]; then
    say "  the image's name has no registry in it, so it stays on this machine"
    return
  fi
  run "$(builder)" push "$(tag)"
}

# Begun, and not waited for: a version may want the database to be brought forward before it starts.
step_deploy() {
  driver_start "${new:?}" "$(tag)"
}

# Forward only, and such that the version of before, which still serves, reads what is there afterwards.
step_migrate() {
  driver_once "$new" migrate
}

step_verify() {
  driver_ready "$new"
  answers "$new"
}

step_switch() {
  # Whoever goes on here did not just verify it: it may be stopped by now.
  [[ ${from:?} != switch ]] || answers "$new"
  driver_switch "$new"
}

# Each process of a colour that answers is asked from beside itself, before a member is sent there.
answers() {
  driver_run "$1" web python -m bot smoke --url http://127.0.0.1:8080 --serves messages
  driver_run "$1" pages python -m bot smoke --url http://127.0.0.1:8080 --serves pages --without-login
}

# A threshold that is crossed ends it with 1, and so do figures that nobody can read.
step_watch() {
  local asked=() url
  if [[ -n $prometheus ]]; then
    asked=(--prometheus "$prometheus")
  else
    for url in ${metrics//,/ }; do asked+=(--metrics "$url"); done
  fi
  smoke_outside
  run "${python:?}" -m bot watch "${asked[@]}" --minutes "${minutes:?}" --errors-max 1 --p95-max 1000
}

# By the way that members come.
smoke_outside() {
  [[ -z $public_url ]] || run "${python:?}" -m bot smoke --url "$public_url" --without-login
}

tag() { printf '%s:%s' "$image" "$version"; }

builder() {
  local each
  for each in docker podman buildah; do
    if command -v "$each" >/dev/null; then
      printf '%s' "$each"
      return
    fi
  done
  printf 'docker'
}
