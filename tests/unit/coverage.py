#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lines that a COVERAGE=1 run executed.

    coverage.py [--gcov GCOV] [--min PERCENT] SOURCE_TREE OUTPUT

Writes OUTPUT/coverage.txt (a line a file, uncovered lines named) and OUTPUT/coverage.info (lcov's
format, to be merged with other runs), prints the total. A line counts as executed if any test
program executed it. Test code and the fake architecture do not count. Exit status 1: below --min.
"""
import argparse
import collections
import json
import os
import subprocess
import sys

NOT_COUNTED = ("tests/", "arch/fake/")


def notes(output):
    for base, _, files in os.walk(os.path.join(output, "obj")):
        yield from (os.path.join(base, f) for f in files if f.endswith(".gcno"))


def collect(gcov, top, output):
    """{file relative to the tree: {line: count}}"""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    for note in notes(output):
        r = subprocess.run([gcov, "--json-format", "--stdout", note], capture_output=True,
                           text=True, cwd=os.path.dirname(note), check=True)
        for document in r.stdout.splitlines():
            for entry in json.loads(document)["files"]:
                name = os.path.relpath(os.path.join(os.path.dirname(note), entry["file"]), top)
                if name.startswith("..") or name.startswith(NOT_COUNTED):
                    continue
                for line in entry["lines"]:
                    lines[name][line["line_number"]] += line["count"]
    return lines


def ranges(numbers):
    """1-3, 7"""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def write_info(path, top, lines):
    with open(path, "w", encoding="utf-8") as f:
        for name in sorted(lines):
            f.write(f"TN:unit\nSF:{os.path.join(top, name)}\n")
            f.writelines(f"DA:{n},{c}\n" for n, c in sorted(lines[name].items()))
            hit = sum(1 for c in lines[name].values() if c)
            f.write(f"LF:{len(lines[name])}\nLH:{hit}\nend_of_record\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--gcov", default="gcov")
    p.add_argument("--min", type=float, default=0)
    p.add_argument("top")
    p.add_argument("output")
    args = p.parse_args()

    lines = collect(args.gcov, args.top, args.output)
    total = hit = 0
    with open(os.path.join(args.output, "coverage.txt"), "w", encoding="utf-8") as f:
        for name in sorted(lines):
            missed = [n for n, c in lines[name].items() if c == 0]
            total += len(lines[name])
            hit += len(lines[name]) - len(missed)
            percent = 100 * (1 - len(missed) / len(lines[name]))
            f.write(f"{percent:6.1f} %  {name}" +
                    (f"  not executed: {ranges(missed)}" if missed else "") + "\n")
    write_info(os.path.join(args.output, "coverage.info"), args.top, lines)
    percent = 100 * hit / total if total else 0
    print(f"coverage: {percent:.1f} % of {total} lines, see {args.output}/coverage.txt")
    if percent < args.min:
        print(f"coverage: at least {args.min} % are wanted")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
