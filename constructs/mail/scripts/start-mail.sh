#!/bin/bash
# Puts the configuration where the image expects it, and becomes the image's own start. The image writes into that
# directory itself, so that nothing can be mounted there.
#
# Environment: INFRA_CONFIG_DIR (read-only files; dkim-keys has lines "domain path": where the key of each is put),
# INFRA_SECRETS_DIR (accounts, relay, dkim-<domain> and perhaps foreign-aliases), INFRA_MAIL_DIR (the image's directory),
# INFRA_RELAY ("[host]:port"), INFRA_RELAY_PASSWORDS (where the secret relay is put), INFRA_DOMAINS (with blanks between),
# INFRA_PROGRAMS (where supervisord finds what else it runs), INFRA_FILTER_RULES (where the filter looks for room.lua, which
# reads INFRA_FILTER_ROOM), INFRA_PROCESS_DATA (bytes of data that a process may have).
# With quotas INFRA_QUOTA_RECIPIENTS (where the file quota-recipients is put) and INFRA_UNLIMITED (fields of an address
# that leads abroad); the file account-fields has lines "address fields": what the account's line gets.
# INFRA_CATCH_ALL (an account), INFRA_DOVECOT (the generation of Dovecot that the settings are written for, such as 2.3).
# What volume.sh reads.
# The image's OVERRIDE_HOSTNAME, SSL_CERT_PATH and SSL_KEY_PATH: the public name, and the certificate that must have it.
# No other name: the image inherits them all, and reads many.
# Arguments: the image's command.
set -euo pipefail

fail() {
	echo "start-mail: $*" >&2
	exit 1
}

# First, so that a wrong setting does not keep the volume of a new server from getting its mark in time.
"$INFRA_CONFIG_DIR/volume.sh" wait

version=$(dovecot --version)
[[ $version == "$INFRA_DOVECOT".* ]] || fail "the image has Dovecot $version, mail.dovecot is $INFRA_DOVECOT"

mkdir -p "$INFRA_MAIL_DIR/rspamd/override.d" "$(dirname "$INFRA_RELAY_PASSWORDS")"
cp "$INFRA_CONFIG_DIR"/{postfix-main.cf,postfix-virtual.cf,dovecot.cf,user-patches.sh} "$INFRA_MAIL_DIR/"
cp "$INFRA_CONFIG_DIR"/{dkim_signing.conf,milter_headers.conf,worker-controller.inc,worker-proxy.inc} "$INFRA_MAIL_DIR/rspamd/override.d/"

# Addresses and passwords in two columns. The hashes are made here, and never the same twice; whoever wants nobody else to
# know the password gives its hash.
hashed='^\{SHA512-CRYPT\}[$]6[$](rounds=[0-9]+[$])?[./0-9A-Za-z]{1,16}[$][./0-9A-Za-z]{86}$'
hash_of() {
	if [[ $2 =~ $hashed ]]; then
		[ "$1" != "$INFRA_CATCH_ALL" ] || fail "$1 has a hash: jobs log in there, and need the password"
		echo "${2#\{SHA512-CRYPT\}}"
	else
		[[ ! $2 =~ ^\{[A-Z0-9.-]+\} ]] || fail "$1 has a hash of another form than {SHA512-CRYPT} and what openssl passwd -6 prints"
		printf '%s\n' "$2" | openssl passwd -6 -stdin
	fi
}
accounts="$INFRA_MAIL_DIR/postfix-accounts.cf"
: >"$accounts.part"
chmod 600 "$accounts.part"
while IFS= read -r line; do
	# Not by IFS: blanks and tabs at the ends are part of a password.
	address=${line%%$'\t'*}
	password=${line#"$address"}
	password=${password#$'\t'}
	[ -n "$password" ] || fail "$address has no password"
	# OpenSSL would cut it off.
	[ "$(printf %s "$password" | wc -c)" -le 256 ] || fail "$address has a password of more than 256 bytes"
	fields=
	if [ -n "${INFRA_QUOTA_RECIPIENTS:-}" ]; then
		fields=$(awk -v address="$address" '$1 == address { print $2 }' "$INFRA_CONFIG_DIR/account-fields")
	fi
	hash=$(hash_of "$address" "$password")
	echo "$address|$hash${fields:+|$fields}" >>"$accounts.part"
done <"$INFRA_SECRETS_DIR/accounts"
[ -s "$accounts.part" ] || fail "there are no accounts"
mv "$accounts.part" "$accounts"

if [ -n "${INFRA_QUOTA_RECIPIENTS:-}" ]; then
	install -m 644 "$INFRA_CONFIG_DIR/quota-recipients" "$INFRA_QUOTA_RECIPIENTS"
fi

# Lines that only Vault knows lead out of the domains and take nobody's mail away.
if [ -e "$INFRA_SECRETS_DIR/foreign-aliases" ]; then
	while read -r alias target rest; do
		[ -n "$alias" ] || continue
		if [ -z "$target" ] || [ -n "$rest" ]; then fail "foreign-aliases: expected an alias and a target in each line"; fi
		[[ $alias == ?*@?* && " $INFRA_DOMAINS " == *" ${alias##*@} "* ]] ||
			fail "foreign-aliases: $alias is no address of ${INFRA_DOMAINS// / or }"
		# Postfix looks addresses up in lower case.
		if alias=$alias awk 'tolower($1) == tolower(ENVIRON["alias"]) { found = 1 } END { exit !found }' "$INFRA_MAIL_DIR/postfix-virtual.cf"; then
			fail "foreign-aliases: $alias is there already"
		fi
		echo "$alias $target" >>"$INFRA_MAIL_DIR/postfix-virtual.cf"
		if [ -n "${INFRA_QUOTA_RECIPIENTS:-}" ]; then
			echo "$alias::5000:5000::::$INFRA_UNLIMITED" >>"$INFRA_QUOTA_RECIPIENTS"
		fi
	done < <(cat "$INFRA_SECRETS_DIR/foreign-aliases" && echo)
fi

# Receivers take a signature by any other key than the published one for a forgery, and without a key mail leaves unsigned.
while read -r domain _; do
	published=$(openssl pkey -pubin -in "$INFRA_CONFIG_DIR/dkim-$domain.pem" -pubout)
	own=$(openssl pkey -in "$INFRA_SECRETS_DIR/dkim-$domain" -passin pass: -pubout) ||
		fail "the key that signs for $domain is no PEM private key"
	[ "$own" = "$published" ] ||
		fail "the key that signs for $domain is not the private half of the one that the DNS publishes"
done <"$INFRA_CONFIG_DIR/dkim-keys"

# With the key of another certificate the daemons have no TLS, and clients refuse one without the name.
own=$(openssl pkey -in "$SSL_KEY_PATH" -passin pass: -pubout) || fail "the key of the certificate is no PEM private key"
shown=$(openssl x509 -in "$SSL_CERT_PATH" -noout -pubkey) || fail "the certificate is none in PEM"
[ "$own" = "$shown" ] || fail "the certificate is not that of its key"
openssl x509 -in "$SSL_CERT_PATH" -noout -checkhost "$OVERRIDE_HOSTNAME" | grep -q ' does match ' ||
	fail "the certificate does not have the name $OVERRIDE_HOSTNAME"

read -r key _ <"$INFRA_SECRETS_DIR/relay" || true
[ "$key" = "$INFRA_RELAY" ] || fail "the relay's credential is for \"$key\", mail goes through $INFRA_RELAY"
install -m 600 "$INFRA_SECRETS_DIR/relay" "$INFRA_RELAY_PASSWORDS"
while read -r domain key; do
	mkdir -p "$(dirname "$key")"
	install -m 640 "$INFRA_SECRETS_DIR/dkim-$domain" "$key"
	if getent group _rspamd >/dev/null; then chgrp _rspamd "$key"; fi
done <"$INFRA_CONFIG_DIR/dkim-keys"

install -D -m 644 "$INFRA_CONFIG_DIR/queue-metrics.conf" "$INFRA_PROGRAMS/queue-metrics.conf"
install -D -m 644 "$INFRA_CONFIG_DIR/room.lua" "$INFRA_FILTER_RULES"

# The kernel counts what the filter's allocator (jemalloc(3)) keeps for later as data: it keeps nothing for long.
export MALLOC_CONF=retain:false,dirty_decay_ms:500,muzzy_decay_ms:0
ulimit -S -d $((INFRA_PROCESS_DATA / 1024))

exec "$@"
