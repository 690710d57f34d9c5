#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install.sh JOB...: makes sure that what the jobs need is there (scripts/packages.txt).
#
# Prints the missing Debian packages, then installs them, by sudo when not root. With INSTALL=no it
# prints the one command and stops with status 3. apt's own sources are never edited: a package that
# the distribution lacks comes by lists of our own in CACHE, from the mirror that apt already uses.
set -eu

here=$(dirname "$0")
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}
python=${PYTHON:-/usr/bin/python3}
packages=${PACKAGES:-$here/packages.txt}
PATH=$cache/bin:$PATH:/usr/sbin:/sbin
machine=$(uname -m)

say() { echo "install: $*" >&2; }
fail() { say "$*"; exit 3; }

# ---- what is missing ---------------------------------------------------------------------------

# First number in what "$1 --version" prints.
major() { "$1" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\)\..*/\1/p' | head -n 1; }

there() {
	case $1 in
	py:*) "$python" -c "import ${1#py:}" 2>/dev/null ;;
	/*) set -- $1 && [ -e "$1" ] ;;
	*'>='*) command -v "${1%%>=*}" >/dev/null && [ "$(major "${1%%>=*}")" -ge "${1##*>=}" ] 2>/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# The lines of the table that these jobs need on this machine and whose probe fails, without job
# and probe: package, least version, where from, libraries.
missing() {
	while read -r job probe rest; do
		case " $jobs " in *" ${job%@*} "*) ;; *) continue ;; esac
		case $job in *@*) [ "${job#*@}" = "$machine" ] || continue ;; esac
		there "$probe" || echo "$rest"
	done <"$packages"
}

# ---- where packages come from -----------------------------------------------------------------

codename() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"'; }

# Does apt, as it is configured, offer package $1 in at least version $2?
offered() {
	candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
	case $candidate in '' | '(none)') return 1 ;; esac
	[ -z "$2" ] || dpkg --compare-versions "$candidate" ge "$2"
}

# Lists of our own: $1 their name; standard input: lines of a sources.list without "deb". Prints
# apt's options for them.
own_lists() {
	root=$cache/apt-$1
	mkdir -p "$root/lists/partial" "$root/none.d"
	sed 's,^,deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ,' >"$root/sources.list"
	options="-o Dir::Etc::sourcelist=$root/sources.list -o Dir::Etc::sourceparts=$root/none.d"
	options="$options -o Dir::State::lists=$root/lists -o Dir::Cache::pkgcache="
	options="$options -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root"
	apt-get -qq $options update >&2
	echo "$options"
}

# "site suite" of every Debian archive apt is configured for.
archives() {
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT) $(CREATED_BY)' |
		awk '$3 == "main" && $4 == "Packages" && $2 ~ /^'"$(codename)"'/ { print $1, $2, "main" }' |
		sort -u
}
mirror() { archives | awk '$2 == "'"$(codename)"'" { print $1; exit }'; }

# ---- installing --------------------------------------------------------------------------------

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# $1: apt options; rest: packages. What apt says is shown only when it fails.
apt_install() {
	options=$1
	shift
	if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get $options -o Dpkg::Use-Pty=0 -q -y \
		install --no-install-recommends "$@" >"$log" 2>&1 </dev/null; then
		tail -n 5 "$log" >&2
		return 1
	fi
}

from_distribution() {
	if ! apt_install "" "$@"; then
		say "once more, with fresh package lists"
		as_root apt-get -qq update >&2
		apt_install "" "$@"
	fi
}

# All that may come from backports; what is not asked for is installed only where it is needed.
from_backports() {
	wanted_from_there=$1
	shift
	suite=$(codename)-backports
	options=$({ archives; echo "$(mirror) $suite main"; } | own_lists "$suite")
	# Not by -t: of what they need, only what the table names comes from there too.
	printf 'Package: %s\nPin: release n=%s\nPin-Priority: 990\n' "$*" "$suite" \
		>"$cache/apt-$suite/preferences"
	options="$options -o Dir::Etc::preferences=$cache/apt-$suite/preferences"
	apt_install "$options" $wanted_from_there
}

# $1: suite; $2: package; rest: the libraries it is run with. Its programs get a starter in
# $cache/bin that uses the package's own loader, so nothing on the system changes.
into_cache() {
	suite=$1 package=$2
	root=$cache/$suite-$package
	shift
	options=$(echo "$(mirror) $suite main" | own_lists "$suite")
	rm -rf "$root.new"
	mkdir -p "$root.new/debs" "$cache/bin"
	(cd "$root.new/debs" && apt-get -qq $options download "$@" >&2)
	for deb in "$root.new"/debs/*.deb; do dpkg-deb -x "$deb" "$root.new"; done
	rm -rf "$root" "$root.new/debs"
	mv "$root.new" "$root"
	loader=$(find "$root" -name 'ld-linux-*.so.?' | sort | head -n 1)
	libraries=$(find "$root/lib" "$root/usr/lib" -name '*.so*' -exec dirname {} + 2>/dev/null |
		sort -u | tr '\n' ':')
	for program in "$root"/usr/bin/*; do
		[ "$(head -c 4 "$program" | tail -c 3)" = ELF ] || continue
		printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
			"$loader" "$libraries" "$program" >"$cache/bin/${program##*/}"
		chmod +x "$cache/bin/${program##*/}"
	done
}

# ------------------------------------------------------------------------------------------------

jobs=$*
wanted=$(missing)
[ -n "$wanted" ] || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
	os=$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"')
	fail "${os:-this system} is not Debian-like, and $(echo "$wanted" | awk '{ print $1 }' |
		sort -u | xargs) are missing: use the container that Containerfile describes (docs/building.md)"
fi

names=$(echo "$wanted" | awk '{ print $1 }' | sort -u | xargs)
say "needed and not installed: $names"
if echo "$wanted" | awk 'NF > 1 { newer = 1 } END { exit !newer }'; then
	command="$here/install.sh $jobs"
else
	command="apt-get install --no-install-recommends $names"
fi
[ "${INSTALL:-}" != no ] || fail "INSTALL=no: install them with: $command"
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	fail "neither root nor sudo: as root, run: $command"
fi

lists=
for name in $names; do apt-cache show "$name" >/dev/null 2>&1 || lists=stale; done
[ -z "$lists" ] || as_root apt-get -qq update >&2

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
log=$temporary/log
distribution= backports= beside=
echo "$wanted" | sort -u >"$temporary/wanted"
while read -r package least from libraries; do
	if [ -z "$from" ] || offered "$package" "$least"; then
		distribution="$distribution $package"
	elif [ "$from" = backports ]; then
		say "$package: from $(codename)-backports, without adding it to apt's sources"
		backports="$backports $package"
		beside="$beside $libraries"
	else
		say "$package: from $from, unpacked in $cache only"
		into_cache "$from" "$package" $libraries
	fi
done <"$temporary/wanted"
[ -z "$distribution" ] || from_distribution $distribution
[ -z "$backports" ] || from_backports "$backports" $backports $beside

wanted=$(missing)
[ -z "$wanted" ] || fail "still missing after installing: $(echo "$wanted" | awk '{ print $1 }' | xargs)"
