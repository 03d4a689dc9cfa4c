#!/bin/sh
# Runs a program in a network that is the machine's in nothing: every address of the given networks is its own, and names
# come from one server. No root is needed.
# Usage: unshare --map-root-user --net --mount enter.sh RESOLV_CONF NETWORKS PROGRAM [ARGUMENT...]
# NETWORKS are separated by commas.
set -eu

resolv_conf=$1
networks=$2
shift 2
ip link set lo up
# Where all addresses are of loopback, getaddrinfo(3) asks for none (AI_ADDRCONFIG).
ip addr add 169.254.0.1/32 dev lo
# Every address, without an entry for each (AnyIP).
for network in $(echo "$networks" | tr ',' ' '); do ip route add local "$network" dev lo; done
mount --bind "$resolv_conf" /etc/resolv.conf
exec "$@"
