#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an image is made of, from the linker's map: size.py ELF MAP OUT IMAGE...

Prints bytes of text, constants, data and zeroed memory by source folder, and the size of each
image file; writes the same, and every object's share, to OUT/size.json.
"""
import json
import os
import re
import sys

KINDS = ("text", "rodata", "data", "bss")
# An input section of the map: name, address, size, file; long names have a line of their own.
INPUT = re.compile(r"^ (\.\S+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+)$")
OUTPUT = re.compile(r"^(\.\S+)")


def kind_of(section):
    """The kind of memory an output section is, by its name."""
    if re.match(r"\.(debug|comment|note|symtab|strtab|shstrtab|riscv|ARM)", section):
        return None
    for kind, pattern in (("bss", r"\.(bss|noinit|stack|tables)"), ("data", r"\.(data|percpu)"),
                          ("text", r"\.(text|head|boot|entry|init)")):
        if re.match(pattern, section):
            return kind
    return "rodata"


def shares(map_path, out):
    """{object: {kind: bytes}} of every object that is in the image."""
    found, output, started = {}, "", False
    with open(map_path, encoding="utf-8", errors="replace") as f:
        for line in f:
            started = started or line.startswith("Linker script and memory map")
            if not started:
                continue
            if match := OUTPUT.match(line):
                output = match[1]
            if (match := INPUT.match(line)) and (size := int(match[3], 16)) and kind_of(output):
                name = os.path.relpath(match[4], os.path.join(out, "obj"))
                share = found.setdefault(name, dict.fromkeys(KINDS, 0))
                share[kind_of(output)] += size
    return found


def add(total, share):
    for kind in KINDS:
        total[kind] += share[kind]


def main():
    elf, map_path, out, images = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    objects = shares(map_path, out)
    folders, total = {}, dict.fromkeys(KINDS, 0)
    for name, share in objects.items():
        add(folders.setdefault(os.path.dirname(name) or ".", dict.fromkeys(KINDS, 0)), share)
        add(total, share)
    print(f"{'':<34}" + "".join(f"{k:>10}" for k in KINDS))
    for name, share in [*sorted(folders.items()), ("total", total)]:
        print(f"{name:<34}" + "".join(f"{share[k]:>10}" for k in KINDS))
    files = {os.path.basename(i): os.path.getsize(i) for i in images if i != elf}
    for name, size in files.items():
        print(f"{name:<34}{size:>10}")
    with open(os.path.join(out, "size.json"), "w", encoding="utf-8") as f:
        json.dump({"total": total, "folders": folders, "objects": objects, "files": files}, f,
                  indent=1, sort_keys=True)
        f.write("\n")


main()
