#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# debug.sh OUT RUN...: starts the simulator by the command RUN, stopped before its first
# instruction, and attaches gdb. The console goes to OUT/debug.log; GDB_ARGS, quoted as for a shell,
# are handed to gdb.
set -eu
out=$1
shift
socket=$out/gdb.sock
rm -f "$socket"
"$@" --timeout 86400 -- -S -gdb "unix:$socket,server=on,wait=off" >"$out/debug.log" 2>&1 </dev/null &
simulator=$!
trap 'kill $simulator 2>/dev/null || :; rm -f "$socket"' EXIT
trap '' INT

tries=0
until [ -S "$socket" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 $simulator 2>/dev/null; then
		cat "$out/debug.log" >&2
		echo "debug: the simulator opened no socket for gdb (Bochs has none)" >&2
		exit 1
	fi
	sleep 0.1
done
echo "debug: the console is in $out/debug.log"
eval "set -- ${GDB_ARGS:-}"
gdb-multiarch -q "$out/bulkhead.elf" -ex "target remote $socket" "$@"
