#!/usr/bin/env bash
# Makes the secrets that nobody has to choose, each in a file of its own under secrets/. What is there stays.
#
#   ./make-secrets.sh                 makes those that are missing
#   ./make-secrets.sh at_api_key      asks for one that a provider gave, and keeps it; of Alertmanager's: alertmanager/NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The folder is its owner's alone. Its files can be read by all, since each container reads them as a user of its own.
umask 022
install -d -m 700 secrets
mkdir -p secrets/bot secrets/stores secrets/alertmanager live

keep() { # FOLDER NAME, the secret on standard input
  local file=secrets/$1/$2
  if [[ -e $file ]]; then
    cat >/dev/null # or who writes it would be ended by a pipe that nobody reads
    return
  fi
  (set -o noclobber && cat >"$file")
  echo "made $file"
}

letters() { head -c 4096 /dev/urandom | LC_ALL=C tr -dc 'a-zA-Z0-9' | head -c "$1" || true; }

if (($#)); then
  for name; do
    [[ $name =~ ^(alertmanager/)?[a-z0-9_]+$ ]] || { echo "a secret is named like at_api_key, not $name" >&2; exit 2; }
    folder=bot
    [[ $name != */* ]] || folder=${name%/*}
    read -r -s -p "$name: " value
    echo
    [[ -n $value ]] || { echo "nothing was given" >&2; exit 2; }
    keep "$folder" "${name#*/}" <<<"$value"
  done
  exit
fi

for name in session_secret jwt_secret refresh_token_secret pin_pepper backup_key; do letters 48 | keep bot "$name"; done
letters 32 | keep bot hook_secret
for name in mongo_admin_password mongo_bot_password redis_password grafana_password; do
  letters 32 | keep stores "$name"
done
letters 512 | keep stores mongo_key

members=mongo-1:27017,mongo-2:27017,mongo-3:27017
options='replicaSet=rs0&authSource=admin&w=majority&journal=true&retryWrites=true'
printf 'mongodb://bot:%s@%s/?%s' "$(<secrets/stores/mongo_bot_password)" "$members" "$options" | keep bot mongo_uri
printf 'redis://savings:%s@redis:6379/0' "$(<secrets/stores/redis_password)" | keep bot redis_url
