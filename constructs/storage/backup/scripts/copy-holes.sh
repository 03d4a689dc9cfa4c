# shellcheck shell=bash
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
	local source=$1 target=$2 size blocks file
	shift
	find "$source/" -type f -size +64M -printf '%s %b %P\0' >"$STATE/large-files"
	while IFS=' ' read -r -d '' size blocks file; do
		# Blocks of 512 bytes.
		if [ $((blocks * 1024)) -ge "$size" ]; then continue; fi
		if has_line "$(looks_of "$file" "$source")" < <(looks_of "$file" "$@"); then continue; fi
		mkdir -p "$(dirname "$target/$file")"
		cp --archive --sparse=always --remove-destination "$source/$file" "$target/$file"
		printf '%s\n' "$size"
	done <"$STATE/large-files"
}
