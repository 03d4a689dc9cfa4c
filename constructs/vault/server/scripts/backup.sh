#!/bin/sh
# Saves a snapshot of the Raft store.
#
# Environment: VAULT_ADDR, VAULT_ROLE (of the Kubernetes login), TOKEN_FILE (token of the service account), BACKUP_DIR,
# COPY_NAME (of a file in BACKUP_DIR, as a format of date). Needs vault. Prints the path of the snapshot as its last line.
set -eu

file=
trap 'rm -f ${file:+"$file.part"}' EXIT
trap 'exit 143' INT TERM
# A run that was killed could not tidy up.
find "$BACKUP_DIR" -maxdepth 1 -name 'vault-raft-*.db.part' -mtime +0 -exec rm -f {} +

file=$("${0%/*}/free-name.sh")
VAULT_TOKEN=$(vault write -field=token auth/kubernetes/login role="$VAULT_ROLE" jwt=@"$TOKEN_FILE")
export VAULT_TOKEN
vault operator raft snapshot save "$file.part" >&2
# A snapshot is a compressed archive; one that was cut off does not unpack.
gzip -t <"$file.part"
mv "$file.part" "$file"
echo "$file"
