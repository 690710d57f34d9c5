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
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import lcov  # noqa: E402

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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--gcov", default="gcov")
    p.add_argument("--min", type=float, default=0)
    p.add_argument("top", type=pathlib.Path)
    p.add_argument("output", type=pathlib.Path)
    args = p.parse_args()

    lines = collect(args.gcov, args.top, args.output)
    lcov.write(lines, args.output, args.top)
    percent = lcov.report(lines, args.output)
    if percent < args.min:
        print(f"coverage: at least {args.min} % are wanted")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
