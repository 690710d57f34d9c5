#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a compilation database: how each file of a configured build is compiled."""
import argparse
import json
import shlex


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", required=True)
    p.add_argument("--directory", required=True, help="where the compiler runs")
    p.add_argument("--c", required=True, help="command for C, without file names")
    p.add_argument("--asm", required=True, help="command for assembler")
    p.add_argument("files", nargs="*", metavar="SOURCE=OBJECT")
    args = p.parse_args()

    entries = []
    for pair in sorted(args.files):
        source, _, obj = pair.partition("=")
        command = shlex.split(args.c if source.endswith(".c") else args.asm)
        entries.append({"directory": args.directory, "file": source, "output": obj,
                        "arguments": [*command, "-c", source, "-o", obj]})
    with open(args.out, "w", encoding="utf-8") as f:
        json.dump(entries, f, indent=1)
        f.write("\n")
    print(f"{args.out}: {len(entries)} files")


main()
