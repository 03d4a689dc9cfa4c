# shellcheck shell=bash
# shellcheck disable=SC2154 # scratch is that of common.sh
# Copies files that are mostly holes ahead of rsync, which would read every hole from end to end, for copy.sh and
# fill-volume.sh, which source it: cp asks the file system where the data are.

# looks_of FILE FOLDER ...: size and time of the file in each of the folders that has it. By them rsync takes files for equal.
looks_of() {
	local file=$1 folder
	shift
	for folder; do
		if [ -f "$folder/$file" ]; then stat --format '%s %.Y' -- "$folder/$file"; fi
	done
}

# copy_holes SOURCE TARGET [EARLIER ...]: such files of the folder SOURCE that neither TARGET nor an earlier copy has.
# Attributes, links and whatever broke off are left to rsync. Prints the size of each that it copied.
copy_holes() {
	local source=$1 target=$2 root size blocks file folder
	shift
	root=$(realpath "$target")
	find "$source/" -type f -size +64M -printf '%s %b %P\0' >"$scratch/large-files"
	while IFS=' ' read -r -d '' size blocks file; do
		# Blocks of 512 bytes.
		if [ $((blocks * 1024)) -ge "$size" ]; then continue; fi
		if has_line "$(looks_of "$file" "$source")" < <(looks_of "$file" "$@"); then continue; fi
		folder=$(dirname "$target/$file")
		# A link on the way leads out of the volume: rsync replaces it first.
		if [ "$(realpath --canonicalize-missing "$folder")" != "$root$(dirname "/$file" | sed 's|^/$||')" ]; then continue; fi
		mkdir -p "$folder"
		cp --archive --sparse=always --remove-destination "$source/$file" "$target/$file"
		printf '%s\n' "$size"
	done <"$scratch/large-files"
}
