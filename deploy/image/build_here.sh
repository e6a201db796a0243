#!/usr/bin/env bash
# Builds the image on a machine that has no Docker and reaches no registry of images: the base is made of Debian's
# packages, and buildah follows the Dockerfile step by step. It takes root, three minutes and 2 GB.
#
#   deploy/image/build_here.sh [TAG]        community-savings-bot:here, unless another is given
#
# What is made is kept in STORAGE (.data/image), and the base is made once, from DEBIAN_MIRROR where that is set.
# `make image` builds it and tries it out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tag=${1:-community-savings-bot:here}
storage=${STORAGE:-$PWD/.data/image}
base=localhost/python:3.11-bookworm
certificates=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}

missing=()
for tool in buildah mmdebstrap; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if ((${#missing[@]})); then
  echo "Missing: apt-get install ${missing[*]}" >&2
  exit 1
fi

mkdir -p "$storage"
scratch=$(mktemp --directory)
trap 'rm -r "$scratch"' EXIT
store() { buildah --storage-driver vfs --root "$storage/layers" --runroot "$storage/run" "$@"; }

if ! store inspect --type image "$base" >/dev/null 2>&1; then
  echo "Making the base of Debian's packages"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3-minimal,python3-venv \
    bookworm "$scratch/base.tar" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
  container=$(store from scratch)
  store add --quiet "$container" "$scratch/base.tar" / >/dev/null
  # The name that the official base has for it.
  store run --isolation chroot "$container" -- ln -s /usr/bin/python3 /usr/local/bin/python
  store commit --quiet --rm "$container" "$base" >/dev/null
fi

# pip inside looks where pip out here looks, and believes whom it believes.
{
  printf '[global]\ncert = /run/secrets/pip.crt\n'
  if index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null)}; then
    printf 'index-url = %s\n' "$index"
  fi
} >"$scratch/pip.conf"

store build --isolation chroot --format docker --quiet \
  --build-arg "BASE=$base" \
  --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --secret "id=pip.conf,src=$scratch/pip.conf" \
  --secret "id=pip.crt,src=$certificates" \
  --tag "localhost/$tag" . >/dev/null
store images --format '{{.Name}}:{{.Tag}} {{.Size}}' "localhost/$tag"
