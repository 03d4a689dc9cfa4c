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

# find_workload CLAIM: sets `workload`, empty when none runs, and `replicas`. Ends when it cannot be stopped by scaling. One that
# a restore of this claim has stopped, and that was killed before it started it again, is known by its record.
find_workload() {
	local users
	record=$STATE/stopped/$namespace.$1
	stopped_since=$(date -Is)
	users=$(users_of "$1")
	workload=$users replicas=0
	case $users in
	'')
		recall
		return
		;;
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
	# Its pods are still ending.
	if [ "$replicas" -eq 0 ]; then recall; fi
}

# recall: takes workload and replicas from the record, if there is one and the workload still is.
recall() {
	local since of count
	[ -s "$record" ] || return 0
	IFS=$'\t' read -r since _ of count <"$record"
	if [ -z "$(kube get "$of" --ignore-not-found -o name)" ]; then
		rm "$record"
		return
	fi
	log "$of is stopped since $since, by a restore that was killed: it is started again when this one is done"
	workload=$of replicas=$count stopped_since=$since
}

# stop_workload: from here on, an end of the program says how to start it again.
stop_workload() {
	[ -n "$workload" ] || return 0
	# Not local: the trap runs after every function has ended.
	start_again="kubectl -n $namespace scale $workload --replicas=$replicas"
	trap 'log "to start it again: $start_again"' EXIT
	# Before it is stopped, and on the disk: a run that is killed says nothing any more.
	if [ "$replicas" -gt 0 ]; then
		mkdir -p "${record%/*}"
		printf '%s\t%s\t%s\t%s\n' "$stopped_since" "$namespace" "$workload" "$replicas" >"$record.part"
		sync "$record.part"
		mv "$record.part" "$record"
		kube annotate --overwrite "$workload" "infra/replicas-before-restore=$replicas" >&2
	fi
	kube scale "$workload" --replicas=0 >&2
}

start_workload() {
	[ -n "$workload" ] || return 0
	kube scale "$workload" --replicas="$replicas" >&2
	kube annotate "$workload" infra/replicas-before-restore- >&2
	rm -f "$record"
	kube rollout status "$workload" --timeout=5m >&2
	trap - EXIT
}

# report_stopped: says which workloads restores that were killed have left at nothing, with the command that starts each, and sets
# left_stopped, their number. One that nobody knows the replicas of counts.
report_stopped() {
	local record since namespace workload replicas now
	left_stopped=0
	# A restore that runs has stopped its own.
	flock --nonblock "$STATE/restore-backup.lock" true || return 0
	for record in "$STATE"/stopped/*.*; do
		case $record in *.part | *'*') continue ;; esac
		IFS=$'\t' read -r since namespace workload replicas <"$record"
		now=$(kube get "$workload" --ignore-not-found -o 'jsonpath={.spec.replicas}' || echo 'who knows how many')
		if [ -z "$now" ] || [ "$now" -gt 0 ] 2>/dev/null; then continue; fi
		log "$namespace: $workload has $now replicas since $since, when a restore that was killed stopped it. Repeat the restore, or:" \
			"kubectl -n $namespace scale $workload --replicas=$replicas"
		left_stopped=$((left_stopped + 1))
	done
}

# undo_swap CLAIM: gives a volume its name back, where a restore was killed between the two names of its last step.
undo_swap() {
	local volume volumes aside
	volumes=$(lost_volumes)
	for volume in $volumes; do
		if [ "$(claim_of "$volume")" != "$1" ]; then continue; fi
		aside=$(logical_volumes | sed -n "/^${volume}_pre_restore_/p" | sort | tail -n 1)
		[ -n "$aside" ] || continue
		lvrename "$VOLUME_GROUP" "$aside" "$volume" >&2
		log "$aside is $volume again: an earlier restore was killed"
	done
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
