# shellcheck shell=bash
# How a release is done on Kubernetes: each colour is a kustomization, and members go where two services point.

kubectl=(kubectl --namespace "${namespace:?}")

driver_live() {
  "${kubectl[@]}" get service web --output 'jsonpath={.spec.selector.colour}'
}

# The cluster makes it once, wherever a second release is started. It outlives a release that died.
driver_lock() { "${kubectl[@]}" create configmap release-lock --from-literal "by=$1" >/dev/null; }
driver_unlock() { "${kubectl[@]}" delete configmap release-lock --ignore-not-found >/dev/null; }

# A colour with this image, which an overlay of this release's own names: no file of the tree changes.
driver_start() {
  local tag=$2 directory=${root:?}/deploy/kubernetes/$1 base
  if [[ ${dry_run:?} == false ]]; then
    overlay=$(realpath "$(mktemp --directory)")
    trap 'rm -r "$overlay"' EXIT
    base=$(realpath --relative-to "$overlay" "$directory")
    cat >"$overlay/kustomization.yaml" <<KUSTOMIZATION
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: ["$base"]
images: [{name: community-savings-bot, newName: "${tag%:*}", newTag: "${tag##*:}"}]
KUSTOMIZATION
    directory=$overlay
  fi
  run "${kubectl[@]}" apply --kustomize "$directory"
}

driver_ready() {
  run "${kubectl[@]}" rollout status deployment --selector "colour=$1" --timeout 10m
}

# A command of the bot, by itself, with the image and all that a process of this colour has.
driver_once() {
  local colour=$1 job ended=
  shift
  job="$1-$colour-$(date -u +%Y%m%d%H%M%S)"
  say "  + a job, $job: python -m bot $*"
  [[ $dry_run == false ]] || return 0
  "${kubectl[@]}" get deployment "scheduler-$colour" --output json |
    "${python:?}" "${here:?}/job.py" "$job" "$@" | "${kubectl[@]}" create --filename -
  while true; do
    ended=$("${kubectl[@]}" get job "$job" \
      --output 'jsonpath={.status.succeeded}{.status.conditions[?(@.type=="Failed")].type}')
    [[ -z $ended ]] || break
    sleep 2
  done
  "${kubectl[@]}" logs "job/$job"
  [[ $ended == 1 ]]
}

# A command in a process of a colour.
driver_run() {
  local colour=$1 process=$2
  shift 2
  run "${kubectl[@]}" exec "deployment/$process-$colour" -- "$@"
}

driver_switch() {
  local service
  for service in web pages; do
    run "${kubectl[@]}" patch service "$service" --patch "{\"spec\": {\"selector\": {\"colour\": \"$1\"}}}"
  done
}

driver_stop() {
  run "${kubectl[@]}" scale deployment --selector "colour=$1" --replicas 0
}
