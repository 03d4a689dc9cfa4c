# shellcheck shell=bash
# shellcheck disable=SC2154 # settings, see common.sh
# Stops and starts what uses a claim, for snapshot.sh and restore.sh, which source it. `namespace` is that of the claim.

kube() {
	kubectl --kubeconfig "$KUBECONFIG_FILE" --namespace "$namespace" "$@" </dev/null
}

# users_of CLAIM: KIND/NAME of everything that runs a pod that mounts it, each once. Pods that have ended, such as those
# that a CronJob keeps, hold nothing.
users_of() {
	local fields='{.status.phase}{"\t"}{.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}{"\t"}{.metadata.name}'
	local claims='{range .spec.volumes[*]}{"\t"}{.persistentVolumeClaim.claimName}{end}{"\n"}' pods owner
	pods=$(kube get pods -o "jsonpath={range .items[*]}$fields$claims{end}")
	awk -F '\t' -v claim="$1" '
		$1 == "Succeeded" || $1 == "Failed" { next }
		{ for (i = 4; i <= NF; i++) if ($i == claim) print ($2 == "/" ? "Pod/" $3 : $2) }' <<<"$pods" | sort -u |
		while IFS= read -r owner; do owner_of "$owner"; done | sort -u
}

# owner_of KIND/NAME: the Deployment of a ReplicaSet; anything else itself.
owner_of() {
	local owner=/
	if [ "${1%%/*}" = ReplicaSet ]; then
		owner=$(kube get "replicaset/${1#*/}" \
			-o 'jsonpath={.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}')
	fi
	if [ "$owner" = / ]; then owner=$1; fi
	printf '%s\n' "$owner"
}

# find_workload CLAIM: sets `workload`, empty when none runs, and `replicas`. Ends when it cannot be stopped by scaling.
find_workload() {
	local users
	users=$(users_of "$1")
	workload=$users replicas=0
	case $users in
	'') return ;;
	*$'\n'*)
		log "$namespace/$1 is used by several:" "${users//$'\n'/ }; stop all but one of them first"
		exit 2
		;;
	Deployment/* | StatefulSet/*) ;;
	Job/*)
		log "$users is running and uses $namespace/$1: wait until it has ended"
		exit 2
		;;
	*)
		log "$users uses $namespace/$1 and cannot be scaled to nothing: stop it first"
		exit 2
		;;
	esac
	replicas=$(kube get "$workload" -o 'jsonpath={.spec.replicas}')
	case $replicas in
	'' | *[!0-9]*)
		log "$workload says that it has \"$replicas\" replicas: expected a number"
		exit 2
		;;
	esac
}

# stop_workload: from here on, an end of the program says how to start it again.
stop_workload() {
	[ -n "$workload" ] || return 0
	# Not local: the trap runs after every function has ended.
	start_again="kubectl -n $namespace scale $workload --replicas=$replicas"
	trap 'log "to start it again: $start_again"' EXIT
	kube scale "$workload" --replicas=0 >&2
}

start_workload() {
	[ -n "$workload" ] || return 0
	kube scale "$workload" --replicas="$replicas" >&2
	kube rollout status "$workload" --timeout=5m >&2
	trap - EXIT
}

# wait_until_released CLAIM VOLUME: no pod uses it any more, and no virtual machine has it open.
wait_until_released() {
	local patience=60 users open
	while :; do
		users=$(users_of "$1")
		open=$(lvs --noheadings --options lv_device_open "$VOLUME_GROUP/$2" | tr -d ' ')
		# "unknown" is a volume that is not even active.
		if [ -z "$users" ] && [ "$open" != open ]; then return; fi
		patience=$((patience - 1))
		if [ "$patience" -eq 0 ]; then
			log "$1 is still in use after five minutes:" "${users:-open, although no pod mounts it}"
			exit 1
		fi
		sleep 5
	done
}

# confirm: reads the plan from the standard input of its caller's here-document, and asks.
confirm() {
	local answer
	cat >&2
	read -r -p 'Type yes to go on: ' answer <&3
	[ "$answer" = yes ] || exit 1
}
