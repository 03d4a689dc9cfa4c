#!/bin/sh
# Runs a program as in a pod: with the token of a service account where Kubernetes mounts it (the namespace in which it is
# called from has mounts of its own).
# Usage: unshare --map-root-user --mount as-service-account.sh FOLDER PROGRAM [ARGUMENT...]
# FOLDER holds the files token, ca.crt and namespace.
set -eu

folder=$1
shift
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$folder/token" "$folder/ca.crt" "$folder/namespace" /run/secrets/kubernetes.io/serviceaccount/
exec "$@"
