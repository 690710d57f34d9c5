#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test-fresh.sh SUITE...: does a stranger's machine do? In a bare Debian root of each suite, with
# nothing in it but make, runs "make run </dev/null" and "make test". Needs root, for chroot. The
# bare roots are kept in CACHE/fresh; each run works in a copy.
set -eu

src=$(cd "$(dirname "$0")/.." && pwd)
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}/fresh
commands=${FRESH_COMMANDS:-run test}
say() { echo "test-fresh: $*"; }
fail() { say "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "needs root, for chroot: run it by sudo"

# Everything is mounted in a namespace of its own and so is gone whatever ends this script.
if [ "${BULKHEAD_FRESH:-}" != inside ]; then
	exec env BULKHEAD_FRESH=inside unshare --mount --fork --pid --kill-child "$0" "$@"
fi

# The archive this machine's apt uses, and whatever it must say to reach it.
mirror=$(apt-get indextargets --format '$(SITE) $(COMPONENT) $(CREATED_BY)' |
	awk '$2 == "main" && $3 == "Packages" { print $1; exit }')
[ -n "$mirror" ] || fail "apt knows no Debian archive"

bare_root() {
	[ -e "$cache/$1.tar" ] && return
	say "$1: making a bare root"
	rm -rf "$cache/$1.new"
	mkdir -p "$cache"
	debootstrap --variant=minbase --include=make "$1" "$cache/$1.new" "$mirror" >"$cache/$1.log" 2>&1 ||
		fail "$1: debootstrap failed: $cache/$1.log says why"
	rm -f "$cache/$1.new/var/cache/apt/archives"/*.deb
	tar -C "$cache/$1.new" -cf "$cache/$1.tar.new" .
	rm -rf "$cache/$1.new"
	mv "$cache/$1.tar.new" "$cache/$1.tar"
}

# A copy of the tree as a stranger would have it: what git knows, or all there is but outputs.
copy_tree() {
	mkdir -p "$1"
	if git -C "$src" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$src" ls-files -z --cached --others --exclude-standard |
			(cd "$src" && xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh |
				tar -cf - --null -T -) | tar -C "$1" -xf - --no-same-owner
	else
		tar -C "$src" --exclude=./build -cf - . | tar -C "$1" -xf - --no-same-owner
	fi
}

fresh() {
	suite=$1 root=$cache/$1.run
	bare_root "$suite"
	rm -rf "$root"
	mkdir -p "$root"
	tar -C "$root" -xf "$cache/$suite.tar"
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy \
		>"$root/etc/apt/apt.conf.d/90proxy"
	copy_tree "$root/src/bulkhead"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	# Downloaded packages are kept between runs.
	mkdir -p "$cache/$suite.debs/partial"
	mount --bind "$cache/$suite.debs" "$root/var/cache/apt/archives"
	for command in $commands; do
		say "$suite: make $command"
		start=$(date +%s)
		env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI=true \
			TESTS="${TESTS:-}" chroot "$root" sh -c \
			'cd /src/bulkhead && exec make '"$command"' ${TESTS:+TESTS="$TESTS"}' \
			</dev/null >"$cache/$suite-$command.log" 2>&1 || {
			tail -n 30 "$cache/$suite-$command.log"
			fail "$suite: make $command failed: all of it is in $cache/$suite-$command.log"
		}
		tail -n 3 "$cache/$suite-$command.log"
		say "$suite: make $command ended with 0 after $(($(date +%s) - start)) s"
	done
	umount -R "$root/var/cache/apt/archives" "$root/dev" "$root/proc"
	rm -rf "$root"
}

for suite; do fresh "$suite"; done
