#!/bin/sh
# Runs a program in the network of real nodes, where nothing that a container runtime, a kubelet or kube-proxy leaves
# behind outlives it: its network, its mounts and its processes are its own, and it sees the machine's kernel settings as
# a kubelet wants them, so that the kubelet changes none.
# Usage: unshare --net --mount --pid --fork --mount-proc enter-as-root.sh RESOLV_CONF NETWORKS SERVICES ADDRESSES
#   FOLDER PROGRAM [ARGUMENT...]
# NETWORKS, whose every address is here, and ADDRESSES, those of the nodes, are separated by commas; kube-proxy answers
# for SERVICES. FOLDER is what the nodes keep; it is /run/nodes inside.
set -eu

resolv_conf=$(realpath "$1")
networks=$2
services=$3
addresses=$4
folder=$(realpath "$5")
shift 5
# A peer group of its own: containerd sees what kubelets mount, and the machine does not.
mount --make-rshared /
ip link set lo up
for address in $(echo "$addresses" | tr ',' ' '); do ip addr add "$address/32" dev lo; done
for network in $(echo "$networks" | tr ',' ' '); do ip route add local "$network" dev lo; done
# kube-proxy gives a Service's address another meaning after a route to it was found.
ip route add "$services" dev lo src "${addresses%%,*}"
echo 1 >/proc/sys/net/ipv4/ip_forward

# Sockets, name spaces, leases and logs at paths that are fixed in the programs.
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 lab "$place"; done
mkdir /run/nodes
mount --bind "$folder" /run/nodes
target=$(readlink -f /etc/resolv.conf)
mkdir -p "$(dirname "$target")"
[ -e "$target" ] || : >"$target"
mount --bind "$resolv_conf" "$target"

# What a kubelet sets on its machine (pkg/kubelet/cm/container_manager_linux.go).
mkdir /run/settings
while read -r setting value; do
	[ -e "/proc/sys/$setting" ] || continue
	file="/run/settings/$(basename "$setting")"
	echo "$value" >"$file"
	mount --bind "$file" "/proc/sys/$setting"
done <<SETTINGS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS
exec "$@"
