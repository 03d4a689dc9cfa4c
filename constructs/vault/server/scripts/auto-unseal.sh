#!/bin/sh
# Unseals the server of this pod whenever it is sealed, which it is after every start.
#
# Environment: VAULT_ADDR (the server of this pod), UNSEAL_KEY_FILE, INTERVAL (seconds between two looks). Needs vault.
set -eu

trap 'exit 0' INT TERM

while true; do
	# Exit code 2: sealed. Anything else than 0 and 2: no answer yet.
	if vault status >/dev/null 2>&1; then :; elif [ $? -eq 2 ] && [ -s "$UNSEAL_KEY_FILE" ]; then
		echo "$(date -u +%FT%TZ) sealed, sending the key share"
		# Read by the program from the file: an argument would stand in the process list.
		vault write sys/unseal key=@"$UNSEAL_KEY_FILE" >/dev/null || echo "$(date -u +%FT%TZ) not unsealed" >&2
	fi
	sleep "$INTERVAL" &
	wait $!
done
