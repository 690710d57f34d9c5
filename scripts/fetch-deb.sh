#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch-deb.sh CACHE SUITE ARCH PACKAGE TESTED OUT FILE...: files of a Debian package of another
# machine, for guests. Takes the newest version in the suite's signed index once, keeps it in
# CACHE/deb, and puts each FILE (a path in the package, shell patterns allowed) into OUT under its
# own name. A package that only names another (linux-image-arm64) stands for that one. Says which version
# it is and which one was tested. The archive is the one apt already uses; apt's own lists and
# sources are not touched, nothing is installed, and root is not needed.
set -eu
cache=$1 suite=$2 arch=$3 package=$4 tested=$5 out=$6
shift 6
root=$cache/deb/$suite-$arch
say() { echo "fetch-deb: $*" >&2; }

apt() {
	tool=$1
	shift
	"$tool" -qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts="$root/none.d" \
		-o Dir::Etc::preferencesparts="$root/none.d" -o Dir::State::lists="$root/lists" \
		-o Dir::Cache="$root" -o Dir::State::status="$root/status" \
		-o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0 "$@"
}

lists() {
	uri=$(apt-get indextargets --format '$(SITE) $(COMPONENT) $(CREATED_BY)' |
		awk '$2 == "main" && $3 == "Packages" { print $1; exit }')
	if [ -z "$uri" ]; then
		say "apt knows no Debian archive: put the $arch package $package into $root by hand"
		exit 1
	fi
	mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/none.d"
	: >"$root/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" \
		>"$root/sources.list"
	apt apt-get update >&2
}

# The package a package without content stands for, or itself.
real() {
	apt apt-cache depends --important "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' |
		head -n 1 | grep . || echo "$1"
}

download() {
	lists
	name=$(real "$package")
	say "$package: fetching $name for $arch from $suite"
	rm -rf "$root/new"
	mkdir "$root/new"
	(cd "$root/new" && apt apt-get download "$name" >&2)
	mv "$root/new"/*.deb "$root/"
	(cd "$root" && ls -t "$name"_*.deb | head -n 1) >"$root/$package.is"
	rmdir "$root/new"
}

mkdir -p "$root" "$out"
exec 9>"$cache/.lock"
flock 9
[ -s "$root/$package.is" ] && [ -f "$root/$(cat "$root/$package.is")" ] || download
deb=$root/$(cat "$root/$package.is")
is=$(dpkg-deb -W --showformat='${Package} ${Version}' "$deb")
if [ "${is#* }" = "$tested" ]; then
	say "$is for $arch, as tested"
else
	say "$is for $arch; tested with $tested"
fi
# Unpacking a kernel takes its time: not when all that is wanted came out of this very package.
stamp=$out/.${package}
wanted="$deb $*"
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
for file in "$@"; do
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x -C "$temporary" --wildcards --no-same-owner "./${file#./}"
	for found in "$temporary"/$file; do
		cmp -s "$found" "$out/${found##*/}" || cp "$found" "$out/${found##*/}"
	done
done
echo "$wanted" >"$stamp"
