#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of an image that ran, from the blocks the emulator plugin saw (tests/plugin).

    coverage.py --out DIR [--source TREE] [--prefix PATH]... [--info FILE]... [ELF=BLOCKS]...

Merges any number of runs of any number of images, and lcov files of other origin (host tests), to
DIR/coverage.info (lcov) and DIR/coverage.txt (a line a file, what did not run named). Only files
below a --prefix count, if there is one. A line is part of the image if an instruction of it came
from there; it ran if one of these instructions did.
"""

import argparse
import bisect
import pathlib
import sys

from elftools.elf.elffile import ELFFile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import symbolize  # noqa: E402


class Ranges:
    """Executed address ranges, merged."""

    def __init__(self, files):
        self.lo, self.hi = [], []
        for line in {line for name in files for line in open(name, encoding="ascii")}:
            lo, size, _ = line.split()
            self.add(int(lo, 16), int(lo, 16) + int(size, 16))

    def add(self, lo, hi):
        at = bisect.bisect_left(self.hi, lo)
        end = bisect.bisect_right(self.lo, hi)
        if at < end:
            lo, hi = min(lo, self.lo[at]), max(hi, self.hi[end - 1])
        self.lo[at:end], self.hi[at:end] = [lo], [hi]

    def touches(self, lo, hi):
        """Did an instruction at [lo, hi) run?"""
        at = bisect.bisect_right(self.hi, lo)
        return at < len(self.lo) and self.lo[at] < hi


def image_rows(elf):
    """(start, end, (file, line)) of every piece of code in the image."""
    with open(elf, "rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        for unit in dwarf.iter_CUs():
            rows = symbolize.line_rows(dwarf, unit)
            for (start, place), (end, _) in zip(rows, rows[1:]):
                if place and start < end:
                    yield start, end, place


def add_image(lines, elf, blocks):
    ran = Ranges(blocks)
    symbols = symbolize.Symbolizer(elf)
    for start, end, (name, number) in image_rows(elf):
        if not symbols.is_code(start):
            continue  # dropped by the linker
        file = lines.setdefault(name, {})
        file[number] = file.get(number, 0) + (1 if ran.touches(start, end) else 0)


def add_info(lines, path, source):
    name = None
    for line in open(path, encoding="utf-8"):
        key, _, value = line.strip().partition(":")
        if key == "SF":
            name = str(pathlib.Path(value).resolve()).removeprefix(str(source) + "/")
        elif key == "DA":
            number, count = value.split(",")[:2]
            file = lines.setdefault(name, {})
            file[int(number)] = file.get(int(number), 0) + int(count)


def spans(numbers):
    """'1-3, 7'"""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def write(lines, out, source):
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


def total(lines):
    """(lines that ran, all lines)"""
    counts = [c for file in lines.values() for c in file.values()]
    return sum(1 for c in counts if c), len(counts)


def collect(images, infos=(), prefixes=(), source=pathlib.Path(".")):
    """{file: {line: count}}. `images`: pairs of ELF file and the files of blocks of its runs."""
    lines = {}
    for elf, blocks in images:
        add_image(lines, elf, blocks)
    for info in infos:
        add_info(lines, info, source)
    return {n: c for n, c in lines.items()
            if not prefixes or any(n.startswith(p) for p in prefixes)}


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True, type=pathlib.Path)
    p.add_argument("--source", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent)
    p.add_argument("--prefix", action="append", default=[])
    p.add_argument("--info", action="append", default=[])
    p.add_argument("images", nargs="*", metavar="ELF=BLOCKS")
    args = p.parse_args()
    source = args.source.resolve()
    images = [(elf, [blocks]) for elf, blocks in (i.rsplit("=", 1) for i in args.images)]
    lines = collect(images, args.info, args.prefix, source)
    args.out.mkdir(parents=True, exist_ok=True)
    write(lines, args.out, source)
    hit, count = total(lines)
    print(f"coverage: {100 * hit / max(count, 1):.1f} % of {count} lines, see "
          f"{args.out / 'coverage.txt'}")


if __name__ == "__main__":
    main()
