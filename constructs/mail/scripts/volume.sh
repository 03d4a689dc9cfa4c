#!/bin/bash
# Whether the volume is the one of this server. One that was lost or confused with another would start with empty mailboxes,
# take mail in, and clients with copies of their own would delete those.
#
# Each tree carries a mark with the server's domain, made by the first start. An empty volume without one is taken only around
# the first apply of the stack, whose time is in the state and outlives the volume. The log may begin anew.
#
# Argument: judge (prints `go`, `mark`, `begin` or `wait REASON`), wait (returns once the volume is taken, and has its marks)
# or accept (an operator takes it as it is).
# Environment: INFRA_SERVER (domain of the server), INFRA_DOMAINS (all of its domains, with blanks between),
# INFRA_MAIL_TREE, INFRA_STATE_TREE (directories), INFRA_FIRST_APPLY (time in UTC), INFRA_ASIDE (what runs a command in the pod).
set -euo pipefail
# What cannot be read is not empty.
shopt -s inherit_errexit

mark=.infra-server
# Pods start within minutes of an apply, and their node's clock is about that of whoever applies.
around_first_apply=7200

# Prints the domain of a tree's mark; nothing without one.
mark_of() {
	if [ -e "$1/$mark" ]; then cat "$1/$mark"; fi
}

# Whether there is a file below a directory, other than the mark.
has_files() {
	[ -n "$(find "$1" -type f ! -name "$mark" ! -name "$mark.part" -print -quit 2>/dev/null)" ]
}

# Prints `own` for mail of one of the server's domains, `foreign` for other files, or `none`.
mail_in() {
	local domain
	for domain in $INFRA_DOMAINS; do
		if has_files "$1/$domain"; then
			echo own
			return
		fi
	done
	if has_files "$1"; then echo foreign; else echo none; fi
}

judge() {
	local tree found mail state marked_mail marked_state first apart
	for tree in "$INFRA_MAIL_TREE" "$INFRA_STATE_TREE"; do
		found=$(mark_of "$tree")
		if [ -n "$found" ] && [ "$found" != "$INFRA_SERVER" ]; then
			echo "wait $tree is of the server of $found, this one is of $INFRA_SERVER"
			return
		fi
	done
	marked_mail=$(mark_of "$INFRA_MAIL_TREE")
	marked_state=$(mark_of "$INFRA_STATE_TREE")
	mail=$(mail_in "$INFRA_MAIL_TREE")
	if has_files "$INFRA_STATE_TREE"; then state=some; else state=none; fi
	first=0
	if [[ $INFRA_FIRST_APPLY == ????-??-??T* ]]; then first=$(date -d "$INFRA_FIRST_APPLY" +%s); fi
	apart=$(($(date +%s) - first))

	if [ -n "$marked_mail" ] && [ -n "$marked_state" ]; then
		echo go
	elif [ -z "$marked_mail" ] && [ "$mail" = foreign ]; then
		echo "wait $INFRA_MAIL_TREE has files, and none of ${INFRA_DOMAINS// / or }"
	elif [ -z "$marked_mail" ] && [ "$mail" = none ] && [ "$state" = some ]; then
		# A server has run here, and its mail is gone. Marks are made before it runs.
		echo "wait $INFRA_MAIL_TREE is empty, and $INFRA_STATE_TREE is not: the mailboxes are lost"
	elif [ "$state" = some ]; then
		# Of a server from before there were marks, or of a copy of it.
		echo mark
	elif [ "${apart#-}" -lt "$around_first_apply" ]; then
		echo begin
	elif [ "$mail" = own ] || [ -n "$marked_mail" ]; then
		echo "wait $INFRA_STATE_TREE is empty: mail that waited in the queue is lost"
	else
		echo "wait the volume is empty, and this server has run since $INFRA_FIRST_APPLY: its mailboxes are lost"
	fi
}

# The mark of the mail comes last: a start that is killed in between begins again.
put_marks() {
	local tree
	for tree in "$INFRA_STATE_TREE" "$INFRA_MAIL_TREE"; do
		echo "$INFRA_SERVER" >"$tree/$mark.part"
		sync "$tree/$mark.part"
		mv "$tree/$mark.part" "$tree/$mark"
	done
}

wait_for_volume() {
	local decision said=
	while :; do
		decision=$(judge)
		case $decision in
		go) return ;;
		mark | begin)
			put_marks
			[ "$decision" = mark ] || echo "start-mail: the volume is taken as it is: this is the first apply"
			return
			;;
		esac
		if [ "$decision" != "$said" ]; then
			said=$decision
			cat >&2 <<EOF
start-mail: not started: ${decision#wait }
start-mail: bring the volume back (docs/runbooks/mail.md, "The volume is not the right one"): infra restore mail
start-mail: or take it as it is: $INFRA_ASIDE $0 accept
EOF
		fi
		sleep 2
	done
}

case ${1:-} in
judge) judge ;;
wait) wait_for_volume ;;
accept)
	judge
	put_marks
	echo "the volume is that of $INFRA_SERVER from now on"
	;;
*)
	echo "expected judge, wait or accept" >&2
	exit 2
	;;
esac
