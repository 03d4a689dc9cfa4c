#!/bin/bash
# Puts the configuration where the image expects it, and becomes the image's own start. The image writes into that
# directory itself, so that nothing can be mounted there.
#
# Environment: CONFIG_DIR (read-only files), SECRETS_DIR (accounts, relay, dkim and perhaps foreign-aliases), MAIL_DIR
# (the image's directory), RELAY_HOST, RELAY_PASSWORDS, DKIM_KEY (where the latter two are put), DOMAIN.
# Arguments: the image's command.
set -euo pipefail

fail() {
	echo "start-mail: $*" >&2
	exit 1
}

mkdir -p "$MAIL_DIR/rspamd/override.d" "$(dirname "$DKIM_KEY")" "$(dirname "$RELAY_PASSWORDS")"
cp "$CONFIG_DIR"/{postfix-main.cf,postfix-virtual.cf,dovecot.cf,user-patches.sh} "$MAIL_DIR/"
cp "$CONFIG_DIR/dkim_signing.conf" "$MAIL_DIR/rspamd/override.d/"

# Addresses and passwords in two columns. The hashes are made here: they are nowhere else, and never the same twice.
accounts="$MAIL_DIR/postfix-accounts.cf"
: >"$accounts.part"
chmod 600 "$accounts.part"
while IFS=$'\t' read -r address password; do
	[ -n "$password" ] || fail "$address has no password"
	echo "$address|$(printf '%s\n' "$password" | openssl passwd -6 -stdin)" >>"$accounts.part"
done <"$SECRETS_DIR/accounts"
[ -s "$accounts.part" ] || fail "there are no accounts"
mv "$accounts.part" "$accounts"

# Lines that only Vault knows lead out of the domain and take nobody's mail away.
if [ -e "$SECRETS_DIR/foreign-aliases" ]; then
	while read -r alias target rest; do
		[ -n "$alias" ] || continue
		if [ -z "$target" ] || [ -n "$rest" ]; then fail "foreign-aliases: expected an alias and a target in each line"; fi
		[[ $alias == *"@$DOMAIN" ]] || fail "foreign-aliases: $alias is no address of $DOMAIN"
		! grep -q "^$alias " "$MAIL_DIR/postfix-virtual.cf" || fail "foreign-aliases: $alias is there already"
		echo "$alias $target" >>"$MAIL_DIR/postfix-virtual.cf"
	done < <(cat "$SECRETS_DIR/foreign-aliases" && echo)
fi

read -r key _ <"$SECRETS_DIR/relay" || true
[ "$key" = "$RELAY_HOST" ] || fail "the relay's credential is for \"$key\", mail goes through $RELAY_HOST"
install -m 600 "$SECRETS_DIR/relay" "$RELAY_PASSWORDS"
install -m 640 "$SECRETS_DIR/dkim" "$DKIM_KEY"
if getent group _rspamd >/dev/null; then chgrp _rspamd "$DKIM_KEY"; fi

exec "$@"
