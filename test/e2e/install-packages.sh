#!/bin/sh
# Installs the Debian packages named as arguments, for the end-to-end tests: no daemon is started, now or at boot.
set -eu

[ "$#" -gt 0 ] || { echo "usage: $0 PACKAGE..." >&2; exit 2; }

# Maintainer scripts ask this file before they start a service; 101 means "not allowed" (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

# Unless there is something in this file, the package of CrowdSec announces the machine to its makers.
registration=/etc/crowdsec/online_api_credentials.yaml
case " $* " in
*" crowdsec "*)
	mkdir -p "$(dirname "$registration")"
	[ -s "$registration" ] || echo '# not registered' >"$registration"
	;;
esac

before=$(mktemp)
after=$(mktemp)
dpkg-query --show --showformat '${Package}\n' >"$before"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
dpkg-query --show --showformat '${Package}\n' >"$after"

# What came in just now stays off at the next boot, too; what was there before is left as it is.
if [ -d /run/systemd/system ]; then
	grep -vxFf "$before" "$after" | xargs -r dpkg -L | sed -nE 's#.*/systemd/system/([^/@]*\.(service|socket))$#\1#p' |
		xargs -r systemctl disable --quiet
fi
rm -f "$before" "$after"
