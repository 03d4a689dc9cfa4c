#!/bin/sh
# Serves the repository to the host that adds to it, and to nobody else: the only command of its key (authorized_keys,
# sshd(8)). What is there can neither be removed nor overwritten through it, except locks.
set -eu
# shellcheck source=/dev/null
. "${INFRA_BACKUP_SETTINGS:-/etc/default/infra-backup}"
exec rclone --config '' serve restic --stdio --append-only "$REPOSITORY"
