#!/bin/sh
# Copies every tree below SOURCE_DIR into a folder of this ISO week, and reports it only when it is all there.
#
# A copy is made beside the last one, unchanged files as hard links to it, and takes its place at the end: whatever
# happens on the way, last night's copy stays whole. The trees are live, so that a pass is repeated until nothing has
# changed since it began. Of two runs at once the later one waits.
#
# Environment: SOURCE_DIR (holds one directory per tree), BACKUP_DIR, COPY_NAME (of the folder of this week, as a format
# of date). Needs rsync. Prints the path of the copy as its last line. SHA256SUMS in it says what every file was when it was copied.
set -eu

week=$(date "+$COPY_NAME")
part="$BACKUP_DIR/$week.part"
trap 'exit 143' INT TERM

# Number and bytes of the files below a directory. One that goes away meanwhile is missing, and so noticed.
inventory() {
	find "$1" -type f -exec stat -c %s {} + >"$list" 2>/dev/null || true
	awk '{ bytes += $1 } END { printf "%d files, %d bytes\n", NR, bytes }' "$list"
}

has_files() {
	[ -n "$(find "$1" -type f 2>/dev/null | head -n 1)" ]
}

copy_tree() {
	for pass in 1 2 3 4 5; do
		status=0
		rsync -aH --delete ${newest:+--link-dest="$newest/$1"} "$SOURCE_DIR/$1/" "$part/$1/" >&2 || status=$?
		inventory "$SOURCE_DIR/$1" >"$list.source"
		inventory "$part/$1" >"$list.copy"
		case $status in
		# 24: a file vanished while it was copied, as mail does.
		0 | 24)
			if cmp -s "$list.source" "$list.copy"; then
				echo "$1: $(cat "$list.copy")" >&2
				return
			fi
			;;
		# 23: something could not be read. A directory that vanished is not there any more; anything else says so again.
		23) ;;
		*) return "$status" ;;
		esac
		echo "$1 has changed during pass $pass" >&2
		sleep 1
	done
	echo "$1: source has $(cat "$list.source"), copy has $(cat "$list.copy"), rsync ended with $status" >&2
	return 1
}

# Number and path of every file of a copy. A name of two lines, which mail has not, is no line of a list.
numbered() {
	(
		cd "$1"
		find . -mindepth 2 -type f ! -path '*
*' -exec stat -c '%i %n' {} +
	)
}

# Writes SHA256SUMS of the new copy. A file that is the one of the last copy keeps its sum, so that what the disk has lost since is seen by whoever
# compares (prove-trees.sh).
sum_files() {
	sums="$BACKUP_DIR/sums.part"
	mkdir "$sums"
	: >"$sums/before"
	: >"$sums/known"
	if [ -n "$newest" ] && [ -s "$newest/SHA256SUMS" ]; then
		numbered "$newest" >"$sums/before"
		cp "$newest/SHA256SUMS" "$sums/known"
	fi
	numbered "$part" >"$sums/now"
	awk -v sums="$part/SHA256SUMS" -v fresh="$sums/fresh" '
		BEGIN { printf "" >sums; printf "" >fresh }
		FILENAME ~ /before$/ { same[$0] = 1; next }
		FILENAME ~ /known$/ { sum[substr($0, 67)] = $0; next }
		{ path = substr($0, index($0, " ") + 1) }
		($0 in same) && (path in sum) { print sum[path] >sums; next }
		{ print path >fresh }
	' "$sums/before" "$sums/known" "$sums/now"
	(
		cd "$part"
		tr '\n' '\0' <"$sums/fresh" | xargs -0 -r sha256sum >>SHA256SUMS
	)
	rm -rf "$sums"
}

list=$(mktemp)
trap 'rm -f "$list" "$list.source" "$list.copy"' EXIT

# It ends with this run and what it has started, however that is.
exec 9>"$BACKUP_DIR/.lock"
flock -n 9 || {
	echo "another run copies to $BACKUP_DIR: waiting until it has ended" >&2
	flock 9
}
# A run that was killed could not tidy up.
find "$BACKUP_DIR" -maxdepth 1 -name '*.part' -exec rm -rf {} +
find "$BACKUP_DIR" -maxdepth 1 -name '*.former' | while read -r former; do
	if [ -d "${former%.former}" ]; then rm -rf "$former"; else mv "$former" "${former%.former}"; fi
done
newest=$(find "$BACKUP_DIR" -maxdepth 1 -name '[0-9][0-9][0-9][0-9]-W[0-9][0-9]' | sort | tail -n 1)
mkdir "$part"

for tree in "$SOURCE_DIR"/*/; do
	name=$(basename "$tree")
	if ! has_files "$tree" && [ -n "$newest" ] && has_files "$newest/$name"; then
		echo "$tree holds no file, and did in $newest: is the volume the right one? If it is meant to be empty," \
			"move $newest/$name elsewhere" >&2
		exit 1
	fi
	copy_tree "$name"
done
sum_files

copy="$BACKUP_DIR/$week"
[ ! -d "$copy" ] || mv "$copy" "$copy.former"
mv "$part" "$copy"
rm -rf "$copy.former"

echo "$copy"
