# shellcheck shell=bash
# What the backup programs of the storage host share; each sources it first.
#
# Settings come from /etc/default/infra-backup, which is rendered from the site.
set -Eeuo pipefail
# A function inside $( ) ends at its first error as well. In conditions nothing does: test/e2e/shellcheck.test.ts holds that
# functions there are of one command.
shopt -s inherit_errexit
export LC_ALL=C
# Names and days are those of UTC: elsewhere an hour comes twice in autumn, and in spring one is missing, somewhere with midnight.
export TZ=UTC0
umask 077

# shellcheck source=/dev/null
. "${INFRA_BACKUP_SETTINGS:-/etc/default/infra-backup}"

# shellcheck source=times.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/times.sh"

# Where volumes are mounted, and lists of files kept. A program that may run beside another has one of its own.
# shellcheck disable=SC2034
scratch=$STATE

log() {
	printf '%s\n' "$*" >&2
}

# only_once JOB ARGUMENT...: starts this program anew under a lock, or ends it with 75 (EX_TEMPFAIL).
#
# Nothing is done and no trap is set before the lock is held, so a second run cannot disturb the first. The lock is
# held by flock itself: programs that outlive us, such as daemons of LVM, never inherit it. It ends with its holder, however
# that ends; who that is stands in its file.
only_once() {
	local job=$1 lock=$STATE/$1.lock who=${SUDO_USER:-$(id -un)}${SSH_CLIENT:+ from ${SSH_CLIENT%% *}}
	shift
	case " ${INFRA_BACKUP_LOCKED-} " in
	*" $job "*)
		printf '%s, process %s: %s' "$who" "$$" "${0##*/} $*" >"$lock" || true
		return
		;;
	esac
	if ! flock --nonblock "$lock" true; then
		log "$job: another run holds $lock since $(date -r "$lock" -Is): $(cat "$lock")." \
			"Wait until it has ended, or end that process (kill)"
		exit 75
	fi
	export INFRA_BACKUP_LOCKED="${INFRA_BACKUP_LOCKED-} $job"
	exec flock --nonblock --close --conflict-exit-code 75 "$lock" "$0" "$@"
}

# has_line LINE: whether the input has it. It reads all of it: grep -q would end the writer with a signal, which
# pipefail takes for a failure, and the line for missing.
has_line() {
	grep -xF -- "$1" >/dev/null
}

metrics=

# metric NAME VALUE: is pushed when the program ends.
metric() {
	metrics+="$1 $2"$'\n'
}

# push JOB: sends what was collected. The Pushgateway keeps what a push does not mention (POST), such as the time of
# the last success. A push that fails is no failure of the backup; the metric then grows stale and raises its alert.
push() {
	printf '%s' "$metrics" | curl --silent --show-error --fail --max-time 10 --retry 3 --retry-connrefused \
		--output /dev/null --data-binary @- "$PUSHGATEWAY/metrics/job/$1" ||
		log "$PUSHGATEWAY does not take the metrics of $1"
	metrics=
}

# Programs that open something redefine it.
clean_up() {
	:
}

# report_as JOB PREFIX: from here on, every end of the program is reported, whatever the reason.
report_as() {
	reported_job=$1
	reported_prefix=$2
	trap 'finish $?' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

finish() {
	local status=$1
	trap - EXIT
	set +e
	clean_up
	metric "${reported_prefix}_last_run_timestamp" "$(date +%s)"
	metric "${reported_prefix}_last_status" "$status"
	[ "$status" -ne 0 ] || metric backup_last_success_timestamp "$(date +%s)"
	push "$reported_job"
	exit "$status"
}

# points: names of the complete restore points on the second disk, the oldest first.
points() {
	local point
	for point in "$DISK"/points/????-??-??T??????; do
		[ ! -d "$point" ] || basename "$point"
	done | of_the_past
}

# mount_of DIRECTORY: where the disk that it lies on is mounted. Directories that are bound to themselves, as systemd does
# with those that a unit may write to, look like mount points to mountpoint(1), and are on the disk of their parent.
mount_of() {
	local directory
	directory=$(realpath -e "$1") || return
	while [ "$directory" != / ] && [ "$(stat -c %d "$directory")" = "$(stat -c %d "$(dirname "$directory")")" ]; do
		directory=$(dirname "$directory")
	done
	printf '%s\n' "$directory"
}

# require_disk: an unmounted disk is an empty directory of the root file system.
require_disk() {
	local mounted expected
	if [ -d "$DISK" ]; then
		mounted=$(mount_of "$DISK")
		expected=$(realpath "$DISK")
		if [ "$mounted" = "$expected" ]; then return; fi
	fi
	log "$DISK is not mounted"
	exit 1
}

# refresh_claims: asks the cluster which claim each volume belongs or belonged to; keeps the last answer while it gives
# none, or one that lacks volumes which are still here. Sets claims_known: yes, no, or partly.
refresh_claims() {
	local fields='{.spec.csi.volumeHandle}{"\t"}{.spec.claimRef.namespace}{"\t"}{.spec.claimRef.name}{"\t"}{.status.phase}{"\n"}'
	local missing='' answer
	claims_known=no
	if answer=$(kubectl --kubeconfig "$KUBECONFIG_FILE" --request-timeout 30s get persistentvolumes \
		-o "jsonpath={range .items[*]}$fields{end}") && [ -n "$answer" ]; then
		missing=$(no_longer_named "$answer")
		if [ -z "$missing" ]; then
			# Others may ask at the same time.
			printf '%s\n' "$answer" >"$STATE/claims.$$"
			mv "$STATE/claims.$$" "$STATE/claims"
			claims_known=yes
			return
		fi
		# shellcheck disable=SC2034
		claims_known=partly
		log "the cluster names no claim any more for:" "${missing//$'\n'/ }; the answer before is used. If their" \
			"objects were removed on purpose, remove the volumes (lvremove), or that answer: rm $STATE/claims"
	elif [ -s "$STATE/claims" ]; then
		log "the cluster does not answer: claims are those of $(date -r "$STATE/claims" -Is)"
	else
		log "the cluster does not answer, and no earlier answer is known"
		exit 1
	fi
}

# no_longer_named ANSWER: volumes that are here and had an object in the last answer, and have none in the new one.
no_longer_named() {
	local volume
	[ -s "$STATE/claims" ] || return 0
	for volume in $(live_volumes); do
		if [ -n "$(reference_of "$volume")" ] && [ -z "$(reference_of "$volume" <(printf '%s\n' "$1"))" ]; then
			printf '%s\n' "$volume"
		fi
	done
}

# reference_of VOLUME [ANSWER]: the claim that its object names, as namespace/name, and the object's phase; nothing when
# there is none. A handle ends in the volume's name.
reference_of() {
	awk -F '\t' -v volume="$1" '
		{ count = split($1, part, "/") }
		part[count] == volume { print $2 "/" $3 "\t" $4; exit }' "${2:-$STATE/claims}"
}

# claim_of VOLUME: the claim that it is bound to; nothing when there is none. A volume that was released keeps the name
# of its claim, and the claim that succeeds it has the same one.
claim_of() {
	reference_of "$1" | sed -n 's/\tBound$//p'
}

# claims_of_several: claims that more than one volume says it is bound to.
claims_of_several() {
	awk -F '\t' '$4 == "Bound" { print $2 "/" $3 }' "$STATE/claims" | sort | uniq -d
}

# is_excluded CLAIM: whether its namespace has no snapshots.
is_excluded() {
	case " $EXCLUDED_NAMESPACES " in
	*" ${1%%/*} "*) return 0 ;;
	*) return 1 ;;
	esac
}

# logical_volumes: names of all volumes of the CSI driver and of their snapshots.
logical_volumes() {
	lvs --noheadings --options lv_name "$VOLUME_GROUP" | sed -n "s/^ *\(${VOLUME_PREFIX}[^ ]*\) *$/\1/p"
}

# live_volumes: the same without snapshots and what a restore has put aside, or was making when it was stopped, on trial or not.
live_volumes() {
	logical_volumes | sed '/_snap_/d; /_pre_restore_/d; /_restoring$/d; /_proving$/d'
}

# lost_volumes: those that a claim is bound to, and of which only snapshots, or what a restore put aside, are still here.
lost_volumes() {
	local volume volumes live
	live=$(live_volumes)
	volumes=$(logical_volumes | sed -nE 's/_(snap|pre_restore)_.*//p' | sort -u)
	for volume in $volumes; do
		if has_line "$volume" <<<"$live"; then continue; fi
		if [ -n "$(claim_of "$volume")" ]; then printf '%s\n' "$volume"; fi
	done
}

# snapshots_of VOLUME: times of its snapshots, the oldest first.
snapshots_of() {
	logical_volumes | sed -n "s/^$1_snap_\([0-9T-]*\)$/\1/p" | sort | of_the_past
}

# aside_of VOLUME: a name to keep it under while another takes its own.
aside_of() {
	printf '%s_pre_restore_%s' "$1" "$(logical_volumes |
		sed -n "s/^$1_pre_restore_\(....\)\(..\)\(..\)\(......\)\$/\1-\2-\3T\4/p" | unused_time | tr -d T-)"
}

# all_snapshots: times of the snapshots of all volumes, those of the future included.
all_snapshots() {
	logical_volumes | sed -n 's/^.*_snap_\([0-9T-]*\)$/\1/p' | sort -u
}

# times: of all snapshots and restore points, those of the future included. They have one order: a point was copied from the newest
# snapshots before it.
times() {
	all_snapshots
	if [ -d "$DISK/points" ]; then
		find "$DISK/points" -mindepth 1 -maxdepth 1 -name '????-??-??T??????' -printf '%f\n'
	fi
}
