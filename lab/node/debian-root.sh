#!/bin/sh
# Makes the root of an image from packages that this Debian has installed, with all that they depend on.
# Usage: debian-root.sh FOLDER PACKAGE...
# FOLDER does not exist. Nothing is downloaded.
set -eu

root=$1
shift
mkdir -p "$root"
# As Debian has them, so that /bin/sh and /usr/bin/sh are the same.
for name in bin sbin lib lib64; do
	mkdir -p "$root/usr/$name"
	ln -s "usr/$name" "$root/$name"
done
apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
	--no-enhances "$@" | grep -E '^[a-z0-9]' | sort -u |
	while read -r package; do
		dpkg-query --show --showformat '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' && echo "$package"
	done |
	xargs dpkg-query --listfiles | sort -u | grep -vE '^/(\.|bin|sbin|lib|lib64)?$|^/usr/share/(doc|man|info|locale|lintian|bug)/|diverted' |
	sed 's,^/,,' |
	tar --create --directory / --no-recursion --files-from=- --ignore-failed-read --warning=no-failed-read |
	tar --extract --preserve-permissions --numeric-owner --directory "$root"
# What Debian leaves to others: busybox under the names of its applets, as images of Alpine have it.
if [ -x "$root/bin/busybox" ]; then
	busybox --list-full | while read -r applet; do
		[ -e "$root/$applet" ] || [ -L "$root/$applet" ] || ln -s /bin/busybox "$root/$applet"
	done
fi
mkdir -p "$root/tmp" "$root/proc" "$root/sys" "$root/dev" "$root/etc"
chmod 1777 "$root/tmp"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
