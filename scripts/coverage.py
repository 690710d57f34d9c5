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
import dataclasses
import pathlib
import re
import subprocess
import sys

from elftools.elf.elffile import ELFFile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lcov  # noqa: E402
import symbolize  # noqa: E402


class Ranges:
    """Executed address ranges, merged."""

    def __init__(self, files):
        self.lo, self.hi = [], []
        for line in {line for name in files for line in open(name, encoding="ascii")}:
            lo, size = line.split()[:2]
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


# --- Branches ------------------------------------------------------------------------------------

LOOK = 12  # instructions behind a branch in which a broken invariant shows


@dataclasses.dataclass
class Branch:
    """A conditional branch: where it came from, and whether it went on (0) and away (1)."""

    place: tuple
    ways: list  # False: never went there; None: only a broken invariant of the image goes there
    code: tuple  # what it is in every image that has this function: see branches()


# What an instruction does: goes on, branches on a condition, calls, or leaves for elsewhere.
ON, BRANCH, CALL, LEAVE = range(4)


@dataclasses.dataclass(frozen=True)
class Insn:
    end: int  # address of the one behind it
    does: int
    target: int | None = None


# B.cond and BC.cond; CBZ and CBNZ; TBZ and TBNZ (Arm ARM C4.1): mask, value, width of the offset.
CONDITIONAL = [(0xff000000, 0x54000000, 19), (0x7e000000, 0x34000000, 19),
               (0x7e000000, 0x36000000, 14)]
BL_MASK, BL = 0xfc000000, 0x94000000


def insn_arm64(word, at):
    def target(low, width):
        offset = word >> low & ((1 << width) - 1)
        return at + 4 * (offset - (1 << width) * (offset >> (width - 1)))

    for mask, value, width in CONDITIONAL:
        if word & mask == value:
            return Insn(at + 4, BRANCH, target(5, width))
    if word & BL_MASK == BL:
        return Insn(at + 4, CALL, target(0, 26))
    # B, BR, RET
    away = word >> 26 == 0x05 or word & 0xfe1ffc1f == 0xd61f0000 or word == 0xd65f03c0
    return Insn(at + 4, LEAVE if away else ON)


def insns_arm64(elf, image):
    text = image.get_section_by_name(".text")
    base, data = text["sh_addr"], text.data()
    return {base + n: insn_arm64(int.from_bytes(data[n:n + 4], "little"), base + n)
            for n in range(0, len(data) - 3, 4)}


LISTED = re.compile(r"^ *([0-9a-f]+):\t(?:notrack |bnd |rep[nz]* |repz )*([a-z0-9]+)(?: +([0-9a-f]+) <)?",
                    re.M)


def insns_x86(elf, image):
    """As objdump lists them: an instruction's length shows in the next one's address."""
    text = subprocess.run(["x86_64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf],
                          capture_output=True, text=True, check=True).stdout
    found = LISTED.findall(text)
    out = {}
    for (at, name, target), (end, _, _) in zip(found, found[1:]):
        if name.startswith("jmp") or name in ("ret", "iretq", "ud2"):
            does = LEAVE
        elif name.startswith(("j", "loop")):
            does = BRANCH
        else:
            does = CALL if name == "call" else ON
        out[int(at, 16)] = Insn(int(end, 16), does, int(target, 16) if target else None)
    return out


INSNS = {"EM_AARCH64": insns_arm64, "EM_X86_64": insns_x86}


def ends_in(insns, address, dead):
    """Does the code at `address` lead, without a branch, to a call of one of `dead`?"""
    for _ in range(LOOK):
        insn = insns.get(address)
        if insn is None or insn.does in (BRANCH, LEAVE):
            return False
        if insn.does == CALL:
            return insn.target in dead
        address = insn.end
    return False


def functions(symbols):
    """[(address, size, name)] in the order of their addresses."""
    return sorted((s["st_value"], s["st_size"], s.name) for s in symbols.iter_symbols()
                  if s["st_info"]["type"] == "STT_FUNC")


def ways_gone(blocks):
    """{address behind a block: how often it went on there, and elsewhere}"""
    went = {}
    for line in (line for name in blocks for line in open(name, encoding="ascii")):
        lo, size, _, fell, jumped = line.split()
        way = went.setdefault(int(lo, 16) + int(size, 16), [0, 0])
        way[0] += int(fell)
        way[1] += int(jumped)
    return went


def image_branches(elf, blocks, dead):
    """[Branch] of every conditional branch in an image, and which ways its runs went."""
    with open(elf, "rb") as file:
        image = ELFFile(file)
        insns = INSNS[image["e_machine"]](elf, image)
        table = image.get_section_by_name(".symtab")
        ends = {s["st_value"] for name in dead for s in table.get_symbol_by_name(name) or []}
        code = functions(table)
    conditional = sorted(at for at, insn in insns.items() if insn.does == BRANCH)
    went = ways_gone(blocks)
    found = []
    for start, end, place in image_rows(elf):
        for at in conditional[bisect.bisect_left(conditional, start):
                              bisect.bisect_left(conditional, end)]:
            insn = insns[at]
            ways = [bool(n) for n in went.get(insn.end, [0, 0])]
            for i, to in enumerate((insn.end, insn.target)):
                if not ways[i] and ends_in(insns, to, ends):
                    ways[i] = None
            first, size, name = code[bisect.bisect_right(code, (at, 1 << 64, "")) - 1]
            found.append(Branch(place, ways, (name, size, at - first, insn.target - at, place)))
    return found


def branches(runs, dead=("__stack_chk_fail", "panic")):
    """[Branch] of the first image of `runs`, which are pairs of an ELF file and the files of blocks
    of its runs. Those of another image count where it has the same code in the same function."""
    merged = {}
    for n, (elf, blocks) in enumerate(runs):
        for b in image_branches(elf, blocks, dead):
            known = merged.setdefault(b.code, b) if n == 0 else merged.get(b.code)
            if known is not None:
                known.ways = [old or new for old, new in zip(known.ways, b.ways)]
    return list(merged.values())


DEFINITION = re.compile(r"^[a-z_].*?\b(\w+)\([^;]*$")


def function_of_lines(source):
    """Of each line of a C file, from 1, the function it is in."""
    inside, out = None, {}
    for number, line in enumerate(source.splitlines(), 1):
        found = DEFINITION.match(line)
        inside = found[1] if found else inside
        out[number] = inside
        if line == "}":
            inside = None
    return out


@dataclasses.dataclass
class Excuse:
    """Why guests do not go some ways: in a function, on lines with a text ("": on all)."""

    file: str
    function: str
    text: str
    why: str
    sometimes: bool  # it depends on how the emulator's threads run
    used: bool = False


def excuses(text):
    """Of lines `file:function: reason | text`, see tests/system/attack/unreached.txt."""
    reasons, out = {}, []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("="):
            name, _, reason = line[1:].partition(" ")
            reasons[name] = reason.strip()
        elif line and not line.startswith("#"):
            where, why, *texts = (word.strip() for word in line.split(" | ", 2))
            file, _, function = where.rpartition(":")
            sometimes = why.startswith("~")
            out.append(Excuse(file, function, texts[0] if texts else "",
                              reasons[why.removeprefix("~")], sometimes))
    return out


def branch_report(found, files, excused=(), source=pathlib.Path(".")):
    """{file: (ways that were gone, all ways, lines with one that was not)} of the named files,
    without ways that are excused; and the excuses that nothing needs."""
    report = {name: [0, 0, set()] for name in files}
    lines, inside = {}, {}
    for name in files:
        text = (source / name).read_text(encoding="utf-8") if excused else ""
        lines[name], inside[name] = [None, *text.splitlines()], function_of_lines(text)
    for branch in found:
        name, number = branch.place
        row = report.get(name)
        for way in branch.ways if row is not None else ():
            excuse = next((e for e in excused if not way and e.file == name and
                           e.function == inside[name][number] and
                           e.text in lines[name][number]), None)
            if excuse is not None:
                excuse.used = True
            if way is None or excuse is not None:
                continue
            row[1] += 1
            row[0] += way
            if not way:
                row[2].add(number)
    stale = [e for e in excused if not e.used and not (e.sometimes and any(
        e.function == f and e.text in lines[e.file][n] for n, f in inside[e.file].items()))]
    return report, stale


def print_branches(found, files, unreached, source, least):
    """Prints the report of branch_report(), with what `unreached` excuses. Returns the files of which
    fewer ways of a hundred were gone than `least`, and the excuses that nothing needs."""
    report, stale = branch_report(found, files, excuses(unreached.read_text()), source)
    for name, (gone, every, missed) in report.items():
        print(f"{100 * gone / max(every, 1):5.1f} % of {every:3}  {name}"
              f"  not every way: {lcov.spans(missed)}")
    print("".join(f"{unreached.name}: nothing needs {e.file}:{e.function} {e.text}\n" for e in stale))
    return [n for n, (gone, every, _) in report.items() if every == 0 or 100 * gone < least * every], stale


def collect(images, infos=(), prefixes=(), source=pathlib.Path(".")):
    """{file: {line: count}}. `images`: pairs of ELF file and the files of blocks of its runs."""
    lines = {}
    for elf, blocks in images:
        add_image(lines, elf, blocks)
    for info in infos:
        lcov.add_info(lines, info, source)
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
    lcov.write(lines, args.out, source)
    lcov.report(lines, args.out)


if __name__ == "__main__":
    main()
