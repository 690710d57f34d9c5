# SPDX-License-Identifier: Apache-2.0
"""Lines that ran, as lcov writes them and as people read them. `lines`: {file: {line: count}}, the
files relative to the tree."""

import pathlib


def spans(numbers):
    """'1-3, 7'"""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def total(lines):
    """(lines that ran, all lines)"""
    counts = [c for file in lines.values() for c in file.values()]
    return sum(1 for c in counts if c), len(counts)


def add_info(lines, path, source):
    """Adds what the lcov file `path` says of files below `source`."""
    name = None
    for line in open(path, encoding="utf-8"):
        key, _, value = line.strip().partition(":")
        if key == "SF":
            name = str(pathlib.Path(value).resolve()).removeprefix(str(source) + "/")
        elif key == "DA":
            number, count = value.split(",")[:2]
            file = lines.setdefault(name, {})
            file[int(number)] = file.get(int(number), 0) + int(count)


def write(lines, out, source):
    """`out`/coverage.info (lcov) and `out`/coverage.txt (a line a file, what did not run named)."""
    with open(out / "coverage.info", "w", encoding="utf-8") as info, \
            open(out / "coverage.txt", "w", encoding="utf-8") as text:
        for name in sorted(lines):
            counts = lines[name]
            hit = sum(1 for c in counts.values() if c)
            info.write(f"SF:{source / name}\n")
            info.writelines(f"DA:{n},{c}\n" for n, c in sorted(counts.items()))
            info.write(f"LF:{len(counts)}\nLH:{hit}\nend_of_record\n")
            missed = [n for n, c in counts.items() if not c]
            text.write(f"{100 * hit / len(counts):6.1f} %  {name}" +
                       (f"  did not run: {spans(missed)}" if missed else "") + "\n")


def report(lines, out):
    """Says on standard output how much ran. Returns that, in percent."""
    hit, count = total(lines)
    percent = 100 * hit / max(count, 1)
    print(f"coverage: {percent:.1f} % of {count} lines, see {out / 'coverage.txt'}")
    return percent
