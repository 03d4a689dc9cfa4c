# shellcheck shell=sh
# Sourced by the scripts that start a server. Environment: USERS_DIR (a file with the password of each user).

# A word of a configuration file, whatever is in it.
quoted() {
	printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

# Prints the users of FILE, a name and its rules in each line. Only who has not logged in needs no password: a user
# whose password is missing stays out.
users() {
	while read -r name rules; do
		if [ "$name" = default ]; then
			echo "user default on nopass $rules"
		elif [ -s "$USERS_DIR/$name" ]; then
			echo "user $name on #$(printf '%s' "$(cat "$USERS_DIR/$name")" | sha256sum | cut -d ' ' -f 1) $rules"
		else
			echo "$USERS_DIR/$name is empty or missing: $name cannot log in" >&2
		fi
	done <"$1"
}
