# shellcheck shell=bash
# shellcheck disable=SC2154 # point, scratch and mount_point are those of copy.sh
# Copies of the SQLite databases of a volume, for copy.sh, which sources it: POINT/sqlite/NAMESPACE/CLAIM/PATH.

# What has a meaning of its own in a URI (RFC 3986).
uri_path() {
	local path=${1//%/%25}
	path=${path//\?/%3f}
	printf '%s' "${path//#/%23}"
}

# attempt COMMAND...: its exit code. Errors inside end it, which they would not do inside a condition.
attempt() {
	set +e
	(
		set -e
		"$@"
	)
	attempt_status=$?
	set -e
}

# copy_sqlite FILE COPY: a consistent copy of a database, its write-ahead log included, whose integrity was checked.
#
# It is read as it is, without writing beside it. Where that cannot be (a log without index on a file system that is
# read-only), the database is recovered in a private copy of its files, which do not change: it lies on a snapshot.
copy_sqlite() {
	local file=$1 source work suffix checked
	source="file:$(uri_path "$file")?mode=ro"
	work=$point/.database
	rm -rf "$work"
	mkdir "$work"
	if ! contents "$source" >"$work/contents"; then
		cp "$file" "$work/private"
		for suffix in -wal -journal; do
			if [ -e "$file$suffix" ]; then cp "$file$suffix" "$work/private$suffix"; fi
		done
		source="file:$(uri_path "$work/private")?mode=rw"
		contents "$source" >"$work/contents"
	fi
	# Inside, where no name needs quotes.
	(cd "$work" && sqlite3 -cmd '.timeout 60000' "$source" '.backup copy')
	# A check must not make what it checks.
	[ -s "$work/copy" ] || refuse "$file: nothing was copied"
	checked="file:$(uri_path "$work/copy")?mode=ro&immutable=1"
	[ "$(sqlite3 "$checked" 'PRAGMA integrity_check')" = ok ] || refuse "$file: the copy fails its integrity check"
	contents "$checked" | cmp --silent - "$work/contents" || refuse "$file: the copy has other tables than the database"
	mkdir -p "$(dirname "$2")"
	mv "$work/copy" "$2"
	rm -rf "$work"
}

# contents DATABASE: names of its tables, indices, views and triggers.
contents() {
	sqlite3 -cmd '.timeout 60000' "$1" 'SELECT type, name FROM sqlite_master ORDER BY type, name'
}

refuse() {
	log "$1"
	exit 1
}

# copy_database CLAIM FILE: one that equals its predecessor becomes a link to it. What is no database is left out, but
# for what was one in the last copy.
copy_database() {
	local path=${2#"$mount_point"/} before magic copy
	before=$(previous "sqlite/$1")
	before=${before:+$before/$path}
	copy=$point/$(unfinished "sqlite/$1")/$path
	magic=$(head -c 15 "$2" | tr -d '\0')
	if [ "$magic" != 'SQLite format 3' ]; then
		[ -z "$before" ] || [ ! -e "$before" ] || refuse "$2 is no database any more"
		return 0
	fi
	copy_sqlite "$2" "$copy"
	if [ -n "$before" ] && cmp --silent "$before" "$copy"; then ln -f "$before" "$copy"; fi
}

# copy_databases CLAIM: those up to three levels deep. One that fails fails all of them: the last good copies stay.
copy_databases() {
	local file status=0 found=$scratch/databases
	find "$mount_point/" -maxdepth 3 -type f \( -name '*.db' -o -name '*.sqlite' -o -name '*.sqlite3' \) \
		-print0 >"$found"
	require_open
	while IFS= read -r -d '' file; do
		attempt copy_database "$1" "$file" </dev/null
		if [ "$attempt_status" -ne 0 ]; then
			log "$file: cannot be copied as a database"
			status=1
		fi
	done <"$found"
	rm -rf "$point/.database"
	if [ "$status" -eq 0 ] && [ -d "$point/$(unfinished "sqlite/$1")" ]; then
		mv "$point/$(unfinished "sqlite/$1")" "$point/sqlite/$1"
	fi
	return "$status"
}
