#!/bin/bash
# Run by the image as the last step before its daemons start: the services of Postfix that this platform adds or
# changes, and the table of the relay's credential. Run twice, it changes nothing the second time.
#
# The image does not look at the exit code; the readiness of the pod does look at the listeners.
#
# Environment: INFRA_CONFIG_DIR (holds postfix-services), INFRA_RELAY_PASSWORDS. Honours MAIL_CONFIG (postconf(1)).
set -euo pipefail

while IFS=$'\t' read -r option value; do
	postconf "$option" "$value"
done <"$INFRA_CONFIG_DIR/postfix-services"

postmap "$INFRA_RELAY_PASSWORDS"
