#!/bin/bash
# Run by the image as the last step before its daemons start: the services of Postfix that this platform adds or
# changes, and the table of the relay's credential. Run twice, it changes nothing the second time.
#
# The image does not look at the exit code; the readiness of the pod does look at the listeners.
#
# Environment: CONFIG_DIR (holds postfix-services), RELAY_PASSWORDS. Honours MAIL_CONFIG (postconf(1)).
set -euo pipefail

while IFS=$'\t' read -r option value; do
	postconf "$option" "$value"
done <"$CONFIG_DIR/postfix-services"

postmap "$RELAY_PASSWORDS"
