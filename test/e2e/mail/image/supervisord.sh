#!/bin/bash
# Stands in for docker-mailserver 15: puts its own settings in place, adds the files of /tmp/docker-mailserver as the
# image does, runs the user patches last, and starts the daemons.
#
# Environment: that of the pod, and STANDIN_DIR (files beside this one), STANDIN_FILTER (`rspamd`, or `pass` for one
# that is there at once and lets everything pass).
set -eu

config=/tmp/docker-mailserver
domain=${OVERRIDE_HOSTNAME#*.}

# What the image would do with a variable that is not listed is not done here: a test would show nothing. MALLOC_CONF is
# read by the allocator of a program, not by the image.
while IFS='=' read -r -d '' name value; do
	case $name in
	INFRA_* | STANDIN_* | MALLOC_CONF | PATH | HOME | PWD | OLDPWD | SHLVL | _) continue ;;
	esac
	grep -qxF -e "$name" -e "$name=$value" "$STANDIN_DIR/variables" || {
		echo "this stand-in does not do what the image does with $name=$value" >&2
		exit 1
	}
done < <(env -0)

filled() {
	sed "s#{OVERRIDE_HOSTNAME}#$OVERRIDE_HOSTNAME#; s#{domain}#$domain#; s#{DEFAULT_RELAY_HOST}#${DEFAULT_RELAY_HOST:-}#
		s#{POSTFIX_MESSAGE_SIZE_LIMIT}#$POSTFIX_MESSAGE_SIZE_LIMIT#" "$1"
}

# State survives the container: the image moves it to the volume and links back.
keep() {
	local kept=/var/mail-state/$2
	mkdir -p "$(dirname "$kept")"
	[ -e "$kept" ] || cp -a "$1" "$kept"
	rm -rf "$1"
	ln -s "$kept" "$1"
}
keep /var/spool/postfix spool-postfix
keep /var/lib/postfix lib-postfix
keep /etc/postsrsd.secret /etc/postsrsd.secret
for name in dovecot logrotate postsrsd rspamd; do
	mkdir -p "/var/lib/$name"
	keep "/var/lib/$name" "lib-$name"
done
rm -f /var/spool/postfix/pid/*

mkdir -p /etc/dms/tls
cp "$SSL_CERT_PATH" /etc/dms/tls/cert
cp "$SSL_KEY_PATH" /etc/dms/tls/key

cp "$STANDIN_DIR/postfix-master.cf" /etc/postfix/master.cf
filled "$STANDIN_DIR/postfix-main.cf" >/etc/postfix/main.cf
# Relays by sender. RELAY_HOST is put into brackets and gets a port, whatever it has already.
: >/etc/postfix/relayhost_map
if [ -n "${DEFAULT_RELAY_HOST:-}${RELAY_HOST:-}" ]; then
	[ -z "${RELAY_HOST:-}" ] || sed 's/[| ].*//; s/.*@//' "$config/postfix-accounts.cf" "$config/postfix-virtual.cf" |
		sort -u | sed "s/.*/@&    [$RELAY_HOST]:${RELAY_PORT:-25}/" >/etc/postfix/relayhost_map
	postconf 'sender_dependent_relayhost_maps = texthash:/etc/postfix/relayhost_map'
fi
cat "$config/postfix-main.cf" >>/etc/postfix/main.cf
# Each parameter once, the last value of it.
postconf -n >/etc/postfix/main.cf.once 2>/dev/null
mv /etc/postfix/main.cf.once /etc/postfix/main.cf
cp "$config/postfix-virtual.cf" /etc/postfix/virtual
echo "/^(.*@.*)\$/ \${1}" >/etc/postfix/sender_login_maps
# What tells of the sender's program and address.
programs='(X-Mailer|X-Originating-IP|X-Enigmail|User-Agent):'
echo "/^$programs/ IGNORE" >/etc/postfix/sender_header_filter
echo "/^(Received:.*with ESMTPSA|X-Mailer:|X-Originating-IP:)/ IGNORE" >/etc/postfix/header_checks
: >/etc/aliases
postalias /etc/aliases

filled "$STANDIN_DIR/dovecot.conf" >/etc/dovecot/dovecot.conf
# What the filter marks goes to the folder for it.
mkdir -p /usr/lib/dovecot/sieve-global/{before,after}
cat >/usr/lib/dovecot/sieve-global/after/spam_to_junk.sieve <<'END'
require ["fileinto", "special-use"];
if header :contains ["X-Spam", "X-Spam-Flag"] "yes" { fileinto :specialuse "\\Junk" "Junk"; }
END
[ "${ENABLE_MANAGESIEVE:-0}" = 0 ] || sed -i 's/^protocols = .*/& sieve/' /etc/dovecot/dovecot.conf
cp "$config/dovecot.cf" /etc/dovecot/local.conf
: >/etc/postfix/vmailbox
sed 's/[| ].*//; s/.*@//' "$config/postfix-accounts.cf" "$config/postfix-virtual.cf" | sort -u >/etc/postfix/vhost
: >/etc/dovecot/userdb
while IFS='|' read -r address hash fields; do
	echo "$address ${address#*@}/${address%@*}/" >>/etc/postfix/vmailbox
	echo "$address:$hash:5000:5000::/var/mail/${address#*@}/${address%@*}/home::$fields" >>/etc/dovecot/userdb
done <"$config/postfix-accounts.cf"
homes=$(sed -E 's#^([^@]+)@([^|]+)\|.*#/var/mail/\2/\1/home#' "$config/postfix-accounts.cf")
xargs mkdir -p <<<"$homes"
xargs dirname <<<"$homes" | xargs dirname | sort -u | xargs chown -R 5000:5000
# For the sake of quotas, the image makes an alias of a mailbox known to Dovecot as a user of its own. It finds the
# account by a search for the target in the text of all of them, and takes the first.
[ "${ENABLE_QUOTAS:-1}" = 0 ] || while read -r alias target; do
	case $alias in *@*) ;; *) continue ;; esac
	account=$(grep -m 1 "$target" "$config/postfix-accounts.cf") || continue
	line="$alias:${account#*|}:5000:5000::/var/mail/${target#*@}/${target%@*}/home::"
	grep -qixF "$line" /etc/dovecot/userdb || echo "$line" >>/etc/dovecot/userdb
done <"$config/postfix-virtual.cf"
chown dovecot:dovecot /etc/dovecot/userdb
chmod 640 /etc/dovecot/userdb
chown 5000:5000 /var/mail

cp "$STANDIN_DIR"/rspamd/* /etc/rspamd/local.d/
for module in antivirus clickhouse elastic greylist metric_exporter neural reputation spamassassin url_redirector; do
	echo 'enabled = false;' >"/etc/rspamd/local.d/$module.conf"
done
cp "$config/rspamd/override.d/"* /etc/rspamd/override.d/
if getent passwd _rspamd >/dev/null; then chown -R _rspamd:_rspamd "$config/rspamd/dkim"; fi

# The image goes on without them, too.
bash "$config/user-patches.sh" || echo "user-patches.sh failed" >&2

stop() {
	postfix stop || true
	doveadm stop || true
	exit 0
}
trap stop TERM
postsrsd -f 10001 -r 10002 -d "$domain" -s /etc/postsrsd.secret -a = -n 4 -N 4 -u postsrsd ${SRS_EXCLUDE_DOMAINS:+-X"$SRS_EXCLUDE_DOMAINS"} -D
if [ "$STANDIN_FILTER" = rspamd ]; then
	mkdir -p /run/rspamd
	chown _rspamd:_rspamd /run/rspamd
	rspamd -f -u _rspamd -g _rspamd >/var/log/mail/rspamd.out 2>&1 &
else
	python3 -B "$STANDIN_DIR/pass-milter.py" 11332 &
fi
# A program of supervisord, which puts the environment in like this.
eval "$(sed -n 's/%(ENV_\([A-Z_]*\))s/"$\1"/; s/^command=//p' /etc/supervisor/conf.d/queue-metrics.conf)" &
dovecot -F &
postfix start
echo started
while :; do wait -n || true; sleep 0.1; done
