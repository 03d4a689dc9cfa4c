#!/bin/bash
# Run by the image as the last step before its daemons start: the table of the relay's credential, and the services of
# Postfix that this platform adds or changes. Run twice, it changes nothing the second time.
#
# The image ignores the exit code and starts its daemons all the same. So the services are put in place last and all at
# once: without them the listeners of the edge are missing, and the pod does not become ready.
#
# Environment: INFRA_CONFIG_DIR (holds postfix-services and quoted-senders), INFRA_RELAY_PASSWORDS; INFRA_RECIPIENT_CHECK, if there is one
# beside the image's own (smtpd_recipient_restrictions). Honours MAIL_CONFIG (postconf(1)).
set -euo pipefail

config=${MAIL_CONFIG:-/etc/postfix}
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT

postmap "$INFRA_RELAY_PASSWORDS"

cp "$config/main.cf" "$config/master.cf" "$draft/"
while IFS=$'\t' read -r option value; do
	postconf -c "$draft" "$option" "$value"
done <"$INFRA_CONFIG_DIR/postfix-services"
if [ -n "${INFRA_RECIPIENT_CHECK:-}" ]; then
	checks=$(postconf -c "$config" -h smtpd_recipient_restrictions)
	[[ $checks == *", $INFRA_RECIPIENT_CHECK" ]] ||
		postconf -c "$config" "smtpd_recipient_restrictions=$checks, $INFRA_RECIPIENT_CHECK"
fi
senders=$(postconf -c "$config" -h sender_canonical_maps)
[[ $senders == "regexp:$INFRA_CONFIG_DIR/quoted-senders"* ]] ||
	postconf -c "$config" "sender_canonical_maps=regexp:$INFRA_CONFIG_DIR/quoted-senders${senders:+, $senders}"
cp "$draft/master.cf" "$config/master.cf.part"
mv "$config/master.cf.part" "$config/master.cf"
