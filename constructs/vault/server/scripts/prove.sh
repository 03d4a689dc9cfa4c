#!/bin/sh
# Loads a snapshot into a server of its own, as a restore does: the server checks every sum in it before it takes it, and seals
# itself, because the keys in the snapshot are of another server. It is never opened: an open one would end the leases that it
# finds, at the databases and the cluster that run.
#
# Environment: COPY (path of the snapshot), WORK_DIR, PROOF_PORT (of loopback; the next one is used as well). Needs vault.
# Prints the bytes of the store as its last line.
set -eu

server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT
trap 'exit 143' INT TERM
store=$WORK_DIR/store
mkdir "$store"
cat >"$WORK_DIR/server.hcl" <<-SETTINGS
	disable_mlock = true
	api_addr = "http://127.0.0.1:$PROOF_PORT"
	cluster_addr = "https://127.0.0.1:$((PROOF_PORT + 1))"
	storage "raft" {
	  path = "$store"
	  node_id = "proof"
	}
	listener "tcp" {
	  address = "127.0.0.1:$PROOF_PORT"
	  cluster_address = "127.0.0.1:$((PROOF_PORT + 1))"
	  tls_disable = true
	}
SETTINGS
export VAULT_ADDR="http://127.0.0.1:$PROOF_PORT"
vault server -config="$WORK_DIR/server.hcl" >"$WORK_DIR/server.log" 2>&1 &
server=$!

# until_it COMMAND...: for a minute, as long as the server runs.
until_it() {
	look=0
	until "$@" >/dev/null 2>&1; do
		look=$((look + 1))
		if [ "$look" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
			tail -n 5 "$WORK_DIR/server.log" >&2
			echo "the server for $COPY does not come to: $*" >&2
			exit 1
		fi
		sleep 0.2
	done
}
# is FIELD VALUE: of the server's state.
is() {
	vault status 2>/dev/null | awk -v field="$1" -v value="$2" '
		index($0, field " ") == 1 && $NF == value { found = 1 }
		END { exit !found }'
}

until_it is Initialized false
vault operator init -key-shares=1 -key-threshold=1 >"$WORK_DIR/keys"
VAULT_TOKEN=$(sed -n 's/^Initial Root Token: //p' "$WORK_DIR/keys")
export VAULT_TOKEN
until_it vault operator unseal "$(sed -n 's/^Unseal Key 1: //p' "$WORK_DIR/keys")"
until_it vault token lookup
rm "$WORK_DIR/keys"

vault operator raft snapshot restore -force "$COPY" >&2
until_it is Sealed true
# In the archive as in the server: the checksums of the former were right.
gzip -dc <"$COPY" | tar -xO -f - state.bin | wc -c | awk '{ print $1 " bytes" }'
