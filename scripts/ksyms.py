#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of function names that Bulkhead carries for its dumps (CONFIG_SYMBOLS).

  nm -n first.elf | ksyms.py make > ksyms.S     the table of a first link
  ksyms.py empty > ksyms.S                      one without entries, for that first link
  nm -n final.elf | ksyms.py check ksyms.S      did the second link leave every function in place?

Format, in section .ksyms: ksyms_count (u32); ksyms_addr, that many u32 offsets from text_start,
ascending; ksyms_name_off, that many u32 offsets into ksyms_names, which holds NUL-terminated names.
"""
import re
import sys


def functions(nm_lines):
    """[(offset from text_start, name)] of every function, ascending; of two names for one
    address the first in the alphabet."""
    start = end = None
    found = {}
    for line in nm_lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        addr, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "text_start":
            start = addr
        elif name == "text_end":
            end = addr
        elif kind in "tTwW" and re.fullmatch(r"[A-Za-z_][\w.]*", name):
            found[addr] = min(name, found.get(addr, name))
    if start is None or end is None:
        sys.exit("ksyms: the link has no text_start and text_end: see arch/*/bulkhead.ld.S")
    return [(a - start, n) for a, n in sorted(found.items()) if start <= a < end]


def table(funcs):
    """The assembler source of the table."""
    out = ["/* Made by scripts/ksyms.py. */", '\t.section .ksyms, "a"', "\t.balign 4"]

    def label(name):
        out.extend([f"\t.globl {name}", f"{name}:"])

    label("ksyms_count")
    out.append(f"\t.4byte {len(funcs)}")
    label("ksyms_addr")
    out += [f"\t.4byte {addr:#x}" for addr, _ in funcs]
    label("ksyms_name_off")
    off = 0
    for _, name in funcs:
        out.append(f"\t.4byte {off}")
        off += len(name) + 1
    label("ksyms_names")
    out += [f'\t.asciz "{name}"' for _, name in funcs]
    return "\n".join(out) + "\n"


def main():
    mode = sys.argv[1]
    if mode == "empty":
        sys.stdout.write(table([]))
    elif mode == "make":
        sys.stdout.write(table(functions(sys.stdin)))
    elif mode == "check":
        with open(sys.argv[2], encoding="ascii") as f:
            if f.read() != table(functions(sys.stdin)):
                sys.exit("ksyms: adding the table moved functions: .ksyms must lie behind all text "
                         "and be the last of the read-only data")
    else:
        sys.exit(__doc__)


main()
