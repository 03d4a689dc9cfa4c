#!/bin/sh
# Replaces /etc/exports by the standard input and reloads it; puts the old file back when the server does not then
# export what was expected. The NFS server is never restarted. Runs on the server, so that a lost connection cannot
# leave it half way: once the new text has arrived whole, it ends as one of the two states.
#
#   replace-exports.sh OLD NEW TABLE
#     OLD    SHA-256 of the file that shall be replaced, or "absent"
#     NEW    SHA-256 of the standard input
#     TABLE  etab that the new file must give, as load-table.sh printed it
#
# The file that was replaced stays in /etc/exports.previous.
# Exit: 0 done; 65 the text did not arrive whole; 74 the file is another one than OLD; 75 somebody else is at it;
# 76 the file is a link; 80 refused by the server, old state restored; 81 refused, and the old state is not back. Else
# nothing was changed.
# After 80 and 81 the standard output holds the table that was refused.
set -eu
PATH=$PATH:/usr/sbin:/sbin
old=$1 new=$2 expected=$3

file=/etc/exports
previous=$file.previous
aside=$file.aside
undo=$file.undo
next=$file.next
etab=/var/lib/nfs/etab

digest() { if [ -e "$1" ]; then sha256sum <"$1" | cut -d ' ' -f 1; else echo absent; fi; }

# One line per entry, its options in order and each once: a server with a kernel repeats some of them.
normal() {
	while read -r path rest; do
		[ -z "$path" ] || echo "$path" "$(echo "$rest" | sed 's/[(,)]/\n/g' | sort -u | tr '\n' ' ')"
	done | sort
}
loaded() { if [ -e "$etab" ]; then normal <"$etab"; fi; }

# What exportfs says is a failure, whatever its exit code: it goes on after warnings that mean another table.
reload() {
	messages=$(exportfs -ra 2>&1) || { echo "${messages:-exportfs failed}" >&2; return 1; }
	[ -z "$messages" ] || { echo "$messages" >&2; return 1; }
}

exec 9>/run/lock/infra-exports
flock --nonblock 9 || exit 75
[ ! -L "$file" ] || exit 76
[ "$(digest "$file")" = "$old" ] || exit 74

trap 'rm -f "$next"' EXIT
cat >"$next"
[ "$(digest "$next")" = "$new" ] || exit 65
chmod 644 "$next"
sync "$next"
before=$(loaded)

# From here to the end nobody interrupts, and there may be nobody left to read messages.
trap '' HUP INT TERM PIPE
began=no
if [ "$old" != "$new" ]; then
	rm -f "$undo"
	if [ -e "$file" ]; then
		ln "$file" "$undo"
		# One that lies aside already is from a run that was killed here: it is what the last complete run left.
		if [ ! -e "$aside" ]; then
			ln "$file" "$aside"
			began=yes
		fi
	fi
	mv "$next" "$file"
fi
# Otherwise a file that lies aside is from a run that was killed here: this one ends what that one began.
if sync /etc && reload && [ "$(loaded)" = "$(echo "$expected" | normal)" ]; then
	[ ! -e "$aside" ] || mv "$aside" "$previous"
	rm -f "$undo"
	exit 0
fi

cat "$etab" || true
if [ "$old" = absent ]; then
	rm "$file" || exit 81
elif [ "$old" != "$new" ]; then
	mv "$undo" "$file" || exit 81
	[ "$began" = no ] || rm -f "$aside"
elif [ -e "$aside" ]; then
	mv "$aside" "$file" || exit 81
fi
sync /etc || true
reload || true
[ "$(loaded)" = "$before" ] || exit 81
exit 80
