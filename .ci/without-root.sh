#!/usr/bin/env bash
# Runs what the README tells a newcomer, `npm ci && npm test`, on the last commit as an unprivileged user. Only root
# may start it.
#
# The user, the home and the clone are new, and gone at the end whatever happens. Where it can, the place is an unkind
# one: what works with a blank in the path of the home, with a umask of 077, without sbin in the PATH, without a locale
# and without settings of git works elsewhere as well. Slow cases are left to root's run.
set -euo pipefail
cd "$(dirname "$0")/.."

user="infra-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"
home="/home/$user's home"

remove() {
	# The name is as new as the user: nothing else runs under it, and nothing else is theirs.
	# One that is on its way out may still write.
	for _ in {1..50}; do
		pkill -KILL -u "$user" || break
		sleep 0.1
	done
	# What others have in there comes and goes meanwhile.
	find /tmp -ignore_readdir_race -mindepth 1 -maxdepth 1 -user "$user" -exec rm -rf {} +
	# It always has something to say: about a mail spool that is not there.
	userdel --remove --force "$user" 2>/dev/null || echo "$user could not be removed" >&2
}
useradd --create-home --home-dir "$home" --user-group --shell /bin/bash "$user"
trap remove EXIT
trap 'exit 130' INT TERM HUP

# Not linked to the checkout's objects, for they change hands.
git clone --quiet --no-hardlinks . "$home/infra"
# What root has fetched just now is fetched once.
mkdir "$home/.npm"
cp -r "$(npm config get cache)/_cacache" "$home/.npm/"
chown -R "$user:" "$home"

echo "== npm ci && npm test as $user, without root"
kept=CHECKPOINT_DISABLE,HTTPS_PROXY,NO_PROXY,NODE_EXTRA_CA_CERTS,npm_config_registry,npm_config_prefer_offline
npm_config_registry=$(npm config get registry)
export npm_config_registry npm_config_prefer_offline=true
su - "$user" --whitelist-environment="$kept" --command 'umask 077; cd infra; npm ci && npm test' </dev/null &
# A signal would wait for a program in the foreground.
wait "$!"
