#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the images that the tests read, and the public keys as C arrays. The images are
# committed: ECDSA signatures are random, so a second run gives other bytes that are just as good.
#   tests/unit/fit/data/make.sh      needs mkimage, dtc and openssl
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir keys
openssl ecparam -name prime256v1 -genkey -noout -out keys/p256.pem
openssl ecparam -name prime256v1 -genkey -noout -out keys/other.pem
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out keys/rsa.key
openssl req -batch -new -x509 -key keys/rsa.key -out keys/rsa.crt -days 3650 -subj /CN=test
printf 'a payload of some bytes' >payload.bin
printf 'another payload' >other.bin

# image NAME ALGO KEY PADDING ROLLBACK
image() {
	cat >"$1.its" <<ITS
/dts-v1/;
/ {
	description = "test system"; #address-cells = <1>;
	images {
		one { description = "one"; data = /incbin/("payload.bin"); type = "standalone"; arch = "arm64";
			os = "u-boot"; compression = "none"; load = <0>; entry = <0>; hash-1 { algo = "sha256"; }; };
		two { description = "two"; data = /incbin/("other.bin"); type = "standalone"; arch = "arm64";
			os = "u-boot"; compression = "none"; load = <0>; entry = <0>; hash-1 { algo = "sha256"; }; };
	};
	configurations {
		default = "system";
		system { description = "system"; firmware = "one"; loadables = "two"; bulkhead,rollback-index = <$5>;
			signature-1 { algo = "$2"; key-name-hint = "$3"; $4 sign-images = "firmware", "loadables"; }; };
		unsigned { description = "unsigned"; firmware = "one"; bulkhead,rollback-index = <$5>; };
	};
};
ITS
	echo '/dts-v1/; / { signature { }; };' | dtc -q -p 4096 -O dtb -o "$1-keys.dtb"
	mkimage -f "$1.its" -k keys -K "$1-keys.dtb" -r inline.itb >/dev/null
	mkimage -f "$1.its" -E -B 0x1000 -k keys -r "$here/$1.itb" >/dev/null
	truncate -s 12288 "$here/$1.itb"
}
image p256 sha256,ecdsa256 p256 '' 7
image pss sha256,rsa3072 rsa 'padding = "pss";' 7
image other sha256,ecdsa256 other '' 7
printf 'a payload, other bytes.' >payload.bin
image newer sha256,ecdsa256 p256 '' 8

# array NAME NODE PROPERTY...
array() {
	name=$1 tree=$2 node=$3
	shift 3
	printf 'static const unsigned char %s[] = {\n' "$name"
	for p; do
		fdtget -t bx "$tree" "/signature/$node" "$p" | tr ' ' '\n' |
			awk '{ printf "%s0x%02s,%s", (NR % 12 == 1) ? "\t" : " ", $1, (NR % 12 == 0) ? "\n" : "" }' | sed 's/0x \(.\),/0x0\1,/g'
		echo
	done
	echo '};'
}
{
	echo '/* SPDX-License-Identifier: Apache-2.0 */'
	echo '/* Public halves of the test keys: made by make.sh, which threw the private halves away. */'
	echo '#ifndef TESTS_UNIT_FIT_KEYS_H'
	echo '#define TESTS_UNIT_FIT_KEYS_H'
	array key_p256 p256-keys.dtb "$(fdtget -l p256-keys.dtb /signature)" ecdsa,x-point ecdsa,y-point
	array key_other other-keys.dtb "$(fdtget -l other-keys.dtb /signature)" ecdsa,x-point ecdsa,y-point
	array key_rsa pss-keys.dtb "$(fdtget -l pss-keys.dtb /signature)" rsa,modulus
	echo '#endif'
} >"$here/keys.h"

# bytes NAME IMAGE: rows that are not all zero.
bytes() {
	echo "const u8 $1[FIT_IMAGE_SIZE] = {"
	od -An -v -tx1 -w12 "$here/$2.itb" | awk '
		/[1-9a-f]/ { gsub(/ /, ", 0x"); sub(/^, /, ""); printf "\t[%d] = %s,\n", (NR - 1) * 12, $0 }'
	echo '};'
}
{
	echo '// SPDX-License-Identifier: Apache-2.0'
	echo '/* The images that the board tests as well: made by make.sh. */'
	echo '#include "../../../system/fit/src/cases.h"'
	echo
	echo '/* clang-format off */'
	echo
	bytes fit_image_p256 p256
	echo
	bytes fit_image_newer newer
} >"$here/images.c"
rm "$here/other.itb" "$here/p256.itb" "$here/newer.itb"
clang-format-19 -i "$here/keys.h" 2>/dev/null || true
