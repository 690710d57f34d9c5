#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The PCIe tree of a boot log, as text or as a picture.

    scripts/pcie_tree.py LOG             text, what is behind a bridge indented
    scripts/pcie_tree.py LOG --svg FILE  the same as SVG, a colour a group

LOG is a file, or - for standard input; the format of its lines is that of docs/pcie.md.
"""

import argparse
import colorsys
import dataclasses
import html
import re
import sys

LINE = re.compile(r"pcie: ([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2}\.[0-7]) (\w{4}:\w{4}) ([^,]*?)"
                  r"(?: to buses ([0-9a-f]{2})-([0-9a-f]{2}))?, group (\d+)(?:, (.*))?$")
OWNER = re.compile(r"pcie: ([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2}\.[0-7]) belongs to (partition \S+)$")
ROW, STEP, WIDTH, MARGIN = 22, 28, 900, 12


@dataclasses.dataclass
class Function:
    segment: str
    bus: int
    place: str
    ids: str
    kind: str
    behind: int | None  # first bus behind a bridge
    group: int
    rest: str
    owner: str = ""
    depth: int = 0

    def text(self):
        to = f" to bus {self.behind:02x}" if self.behind is not None else ""
        return (f"{self.bus:02x}:{self.place} {self.ids} {self.kind}{to}, group {self.group}"
                + (f", {self.rest}" if self.rest else "")
                + (f", {self.owner}" if self.owner else ""))


def read(log):
    """The functions of the log, each but once, in the order of addresses."""
    found = {}
    for line in log.splitlines():
        m = LINE.search(line.rstrip())
        if m:
            f = Function(m[1], int(m[2], 16), m[3], m[4], m[5], m[6] and int(m[6], 16),
                         int(m[8]), m[9] or "")
            found[f.segment, f.bus, f.place] = f
        m = OWNER.search(line.rstrip())
        if m and (m[1], int(m[2], 16), m[3]) in found:
            found[m[1], int(m[2], 16), m[3]].owner = m[4]
    return [found[key] for key in sorted(found)]


def tree(functions):
    """The functions from bridge to bridge, with their depth. None is lost or met twice."""
    behind = {(f.segment, f.behind) for f in functions if f.behind is not None}
    todo = [f for f in reversed(functions) if (f.segment, f.bus) not in behind]
    rows, seen = [], set()
    while todo:
        f = todo.pop()
        rows.append(f)
        if f.behind is None or (f.segment, f.behind) in seen:
            continue
        seen.add((f.segment, f.behind))
        children = [c for c in functions if (c.segment, c.bus) == (f.segment, f.behind)]
        for c in children:
            c.depth = f.depth + 1
        todo += reversed(children)
    return rows


def as_text(rows):
    out, segment = [], None
    for f in rows:
        if f.segment != segment:
            segment = f.segment
            out.append(f"segment {segment}")
        out.append("  " * (f.depth + 1) + f.text())
    return "\n".join(out) + "\n"


def colour(group):
    """Neighbouring numbers far apart: steps of the golden angle."""
    r, g, b = colorsys.hls_to_rgb(group * 0.381966 % 1.0, 0.85, 0.6)
    return f"#{int(r * 255):02x}{int(g * 255):02x}{int(b * 255):02x}"


def as_svg(rows):
    height = 2 * MARGIN + ROW * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           'font-family="monospace" font-size="12">']
    last = {}  # row of the latest function of each depth
    for i, f in enumerate(rows):
        x, y = MARGIN + STEP * f.depth, MARGIN + ROW * i
        last[f.depth] = i
        if f.depth:
            top, left = MARGIN + ROW * last[f.depth - 1] + ROW - 4, x - STEP // 2
            out.append(f'<path d="M{left} {top}V{y + 9}H{x}" fill="none" stroke="#888"/>')
        out.append(f'<rect x="{x}" y="{y}" width="{WIDTH - MARGIN - x}" height="{ROW - 4}" rx="3" '
                   f'fill="{colour(f.group)}"/>')
        name = f"{f.segment}:{f.text()}"
        out.append(f'<text x="{x + 6}" y="{y + 13}">{html.escape(name)}</text>')
    return "\n".join(out) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("log")
    parser.add_argument("--svg", metavar="FILE")
    args = parser.parse_args()
    try:
        if args.log == "-":
            log = sys.stdin.read()
        else:
            with open(args.log, encoding="utf-8", errors="replace") as f:
                log = f.read()
    except OSError as e:
        sys.exit(f"pcie_tree: {args.log}: {e.strerror}")
    rows = tree(read(log))
    if not rows:
        sys.exit(f"pcie_tree: {args.log}: no line \"pcie: 0000:00:00.0 ...\" in it")
    if args.svg:
        with open(args.svg, "w", encoding="utf-8") as f:
            f.write(as_svg(rows))
    else:
        print(as_text(rows), end="")


if __name__ == "__main__":
    main()
