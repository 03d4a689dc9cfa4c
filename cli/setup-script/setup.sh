#!/bin/sh
# Sets up this machine for the platform: programs, a kubeconfig, and the environment of the shell. Needs no root, and a
# second run changes nothing.
set -eu

# >>> parameters: the values below are examples; `infra setup-script` writes those of a site
site='lab'
system='Linux'
vault_address='http://127.0.0.1:8200'
kubeconfig='apiVersion: v1'
# One line for each program: command, version, name in the archive or -, and for each platform its URL and SHA-256 sum.
tools='kubectl 1.0.0 - linux-amd64 http://127.0.0.1/kubectl 0000000000000000000000000000000000000000000000000000000000000000'
# <<< parameters

programs="$HOME/.local/share/infra-tools"
bin="$HOME/.local/bin"
config="$HOME/.kube/config-$site"
begin="# >>> infra $site >>>"
end="# <<< infra $site <<<"

say() { printf '%s\n' "$*"; }
fail() {
	say "setup: $*" >&2
	exit 1
}
needs() {
	command -v "$1" >/dev/null 2>&1 || fail "$1 is missing, which $2; install it and run this again"
}

# Must print the sum first, whichever program makes it.
sum_of() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum "$1"
	else
		shasum -a 256 "$1"
	fi
}

platform_here() {
	[ "$(uname -s)" = "$system" ] ||
		fail "this script is for $system, and this is $(uname -s); ask for the one of --os linux or --os macos"
	case "$system" in Darwin) kernel=darwin ;; *) kernel=linux ;; esac
	case "$(uname -m)" in
	x86_64 | amd64) say "$kernel-amd64" ;;
	aarch64 | arm64) say "$kernel-arm64" ;;
	*) fail "there are programs for x86_64 and arm64 only, and this machine is $(uname -m)" ;;
	esac
}

# fetch <command> <version> <name in the archive> <url> <sum>: leaves the program in $work, checked.
fetch() {
	say "fetching $1 $2"
	curl -fsSL --retry 3 --connect-timeout 20 -o "$work/download" "$4" || fail "$1: $4 cannot be fetched"
	sum=$(sum_of "$work/download")
	[ "${sum%% *}" = "$5" ] ||
		fail "$1: $4 has the SHA-256 sum ${sum%% *}, expected $5; nothing was installed"
	if [ "$3" = - ]; then
		mv "$work/download" "$work/$1"
	else
		needs unzip "unpacks $1"
		unzip -p "$work/download" "$3" >"$work/$1" || fail "$1: the archive has no $3"
	fi
	chmod 755 "$work/$1"
}

# wanted: the programs of this platform, a line each: command, version, name in the archive, URL, sum.
wanted() {
	say "$tools" | awk -v here="$platform" '{
		for (i = 4; i + 2 <= NF; i += 3) if ($i == here) print $1, $2, $3, $(i + 1), $(i + 2)
	}'
}

# All of them are fetched and checked before the first is installed.
install_programs() {
	wanted >"$work/wanted"
	while read -r name version member url sum; do
		[ -x "$programs/$name-$version/$name" ] || fetch "$name" "$version" "$member" "$url" "$sum"
	done <"$work/wanted"
	mkdir -p "$bin"
	while read -r name version member url sum; do
		folder="$programs/$name-$version"
		if [ -f "$work/$name" ]; then
			mkdir -p "$folder"
			mv "$work/$name" "$folder/$name"
			say "installed $name $version"
		fi
		[ ! -f "$bin/$name" ] || [ -L "$bin/$name" ] || mv "$bin/$name" "$bin/$name.bak"
		[ "$(readlink "$bin/$name" 2>/dev/null)" = "$folder/$name" ] || ln -sf "$folder/$name" "$bin/$name"
	done <"$work/wanted"
}

# Keeps what was there as .bak.
write_kubeconfig() {
	say "$kubeconfig" >"$work/config"
	if [ -f "$config" ] && cmp -s "$work/config" "$config"; then
		return
	fi
	mkdir -p "$HOME/.kube"
	if [ -f "$config" ]; then
		mv "$config" "$config.bak"
		say "kept the kubeconfig that was there as $config.bak"
	fi
	mv "$work/config" "$config"
	chmod 600 "$config"
	say "wrote $config"
}

shell_file() {
	case "${SHELL:-}" in
	*/zsh) say "$HOME/.zshrc" ;;
	# Terminals of macOS start login shells.
	*) case "$system" in Darwin) say "$HOME/.bash_profile" ;; *) say "$HOME/.bashrc" ;; esac ;;
	esac
}

# block: what the file of the shell gets.
block() {
	say "$begin"
	# shellcheck disable=SC2016 # expanded by the shell that reads it
	say 'export PATH="$HOME/.local/bin:$PATH"'
	say "export KUBECONFIG=\"\$HOME/.kube/config-$site\""
	say "export VAULT_ADDR='$vault_address'"
	say "$end"
}

# Replaces the block where it stands, or appends it. A file that another program links to stays a link.
write_environment() {
	file=$(shell_file)
	[ -e "$file" ] || : >"$file"
	block >"$work/block"
	awk -v begin="$begin" -v end="$end" -v block="$work/block" '
		function put(line) { while ((getline line < block) > 0) print line; done = 1 }
		$0 == begin { inside = 1; if (!done) put(); next }
		inside { if ($0 == end) inside = 0; next }
		{ print }
		END { if (inside) exit 1; if (!done) put() }
	' "$file" >"$work/profile" ||
		fail "$file has the line '$begin', and '$end' does not follow; put it where the block ends"
	if ! cmp -s "$work/profile" "$file"; then
		cat "$work/profile" >"$file"
		say "wrote PATH, KUBECONFIG and VAULT_ADDR to $file"
	fi
}

needs curl "fetches the programs"
needs awk "edits the file of the shell"
command -v sha256sum >/dev/null 2>&1 || needs shasum "checks what was fetched"
platform=$(platform_here)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

install_programs
write_kubeconfig
write_environment
say "done. Open a new terminal, then: vault login -method=oidc"
