#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch-src.sh CACHE SUITE PACKAGE=VERSION TARBALL SHA256: unpacks the upstream tarball of a Debian
# source package into CACHE/src/SHA256. The archive is the one apt already uses; apt's own lists
# and sources are not touched, and root is not needed. A tarball in the cache is used without
# network; its sum is checked every time.
set -eu
cache=$1 suite=$2 package=$3 tarball=$4 sum=$5
file=$cache/$tarball
tree=$cache/src/$sum
say() { echo "fetch-src: $*" >&2; }

good() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$sum" ]; }

download() {
	apt=$cache/apt-src
	mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/none.d"
	uri=$(apt-get indextargets --format '$(SITE) $(COMPONENT) $(CREATED_BY)' |
		awk '$2 == "main" && $3 == "Packages" { print $1; exit }')
	if [ -z "$uri" ]; then
		say "apt knows no Debian archive: put $tarball (sha256 $sum) into $cache by hand"
		exit 1
	fi
	say "fetching $tarball"
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" \
		>"$apt/sources.list"
	set -- -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/none.d" \
		-o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt" -o APT::Sandbox::User=root
	apt-get "$@" update
	# Not "apt-get source": archives lack some .dsc files whose tarball is there.
	address=$(apt-get "$@" source --print-uris "$package" | tr -d "'" |
		awk -v f="$tarball" '$2 == f { print $1 }')
	if [ -z "$address" ]; then
		say "$suite has no $package any more: put $tarball (sha256 $sum) into $cache by hand"
		exit 1
	fi
	/usr/lib/apt/apt-helper "$@" download-file "$address" "$file.part" "SHA256:$sum" >&2
	if ! good "$file.part"; then
		say "$tarball from the archive has another sha256 than $sum: not used"
		rm -f "$file.part"
		exit 1
	fi
	mv "$file.part" "$file"
}

mkdir -p "$cache/src"
exec 9>"$cache/.lock"
flock 9
[ -e "$tree/.unpacked" ] && exit 0
good "$file" || download
rm -rf "$tree.new"
mkdir "$tree.new"
tar -xf "$file" -C "$tree.new" --strip-components=1 --no-same-owner
touch "$tree.new/.unpacked"
rm -rf "$tree"
mv "$tree.new" "$tree"
