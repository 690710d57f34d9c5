# SPDX-License-Identifier: Apache-2.0
"""The report of manifest-check as a picture: RAM as one column, each partition as a card."""

from xml.sax.saxutils import escape

import manifest_report as report_text

FONT = "font-family='DejaVu Sans, Verdana, sans-serif'"
INK, SOFT, LINE = "#1d2733", "#5b6875", "#c9d1d9"
COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2", "#9d755d", "#eeca3b"]
OWN, SHARED, FREE = "#3b4754", "#8a94a0", "#f1f3f5"

COLUMN_X, COLUMN_W = 150, 210
CARD_X, CARD_W, CARD_GAP = 430, 470, 16
TOP, ROW, MIN_BOX = 84, 18, 22


def colour(index):
    return COLOURS[index % len(COLOURS)]


def write(x, y, text, size=12, fill=INK, anchor="start", weight="normal"):
    return (f"<text x='{x}' y='{y}' font-size='{size}' fill='{fill}' text-anchor='{anchor}' "
            f"font-weight='{weight}'>{escape(text)}</text>")


def box(x, y, w, h, fill, stroke="none", radius=3):
    return (f"<rect x='{x}' y='{y:.1f}' width='{w}' height='{h:.1f}' rx='{radius}' fill='{fill}' "
            f"stroke='{stroke}'/>")


def short(text, most):
    return text if len(text) <= most else text[:most - 1] + "\u2026"


def column(report, height):
    """RAM from the lowest address down; every range can be read, however small it is."""
    ranges = report_text.placed(report)
    owners = {p["name"]: colour(i) for i, p in enumerate(report["partitions"])}
    fills = {"Bulkhead": OWN, "shared": SHARED, "free": FREE}
    total = sum(r[1] for r in ranges) or 1
    spare = max(height - MIN_BOX * len(ranges), 0)
    y, out = TOP, []
    for base, length, owner, what in ranges:
        h = MIN_BOX + spare * length / total
        fill = owners.get(owner) or fills[owner]
        out.append(box(COLUMN_X, y, COLUMN_W, h - 2, fill, LINE if owner == "free" else "none"))
        name = what.split(":")[0] if owner == "shared" else owner
        ink = SOFT if owner == "free" else "#ffffff"
        out.append(write(COLUMN_X + 10, y + h / 2 + 3, short(name, 17), 12, ink, weight="bold"))
        out.append(write(COLUMN_X + COLUMN_W - 10, y + h / 2 + 3, report_text.size(length), 11, ink,
                         "end"))
        out.append(write(COLUMN_X - 10, y + 11, f"0x{base:x}", 10, SOFT, "end"))
        y += h
    return out, y


def card_rows(report, p):
    rows = [("CPUs", report_text.numbers(p["cpus"])),
            ("starts with", f"{p['kernel']} ({p['type']})" + (", console" if p["console"] else ""))]
    rows += [("memory", f"{report_text.span(m['gpa'], m['size'])}, {report_text.size(m['size'])}")
             for m in p["memory"]]
    rows += [("shared", f"{s['region']} at 0x{s['gpa']:x}, {s['rights']}") for s in p["shared"]]
    rows += [("device", d["path"] + (f", interrupt {report_text.numbers(d['interrupts'])}"
                                     if d["interrupts"] else "") +
              (", unprotected DMA" if d["dma"] == "unprotected" else ""))
             for d in p["devices"][:8]]
    if len(p["devices"]) > 8:
        rows.append(("", f"and {len(p['devices']) - 8} more devices"))
    for key in ("after", "manages"):
        if p[key]:
            rows.append((key, report_text.partition_names(report, p[key])))
    rows.append(("tables", f"{p['tables']} for the finest split, "
                           f"{report_text.size(p['tables'] * report['table_bytes'])}"))
    return rows


def cards(report):
    y, out = TOP, []
    for i, p in enumerate(report["partitions"]):
        rows = card_rows(report, p)
        h = 40 + ROW * len(rows)
        out.append(box(CARD_X, y, CARD_W, h, "#ffffff", LINE, 6))
        out.append(box(CARD_X, y, 6, h, colour(i)))
        out.append(write(CARD_X + 20, y + 24, p["name"], 15, INK, weight="bold"))
        for n, (key, value) in enumerate(rows):
            at = y + 44 + ROW * n
            out.append(write(CARD_X + 20, at, key, 11, SOFT))
            out.append(write(CARD_X + 110, at, short(value, 56), 11))
        y += h + CARD_GAP
    return out, y


def footer(report, y):
    lines = ["CPUs: " + ", ".join(f"{i} {o}" for i, o in enumerate(report_text.owned_cpus(report)))]
    for c in report["channels"]:
        a, b = (report["partitions"][i]["name"] for i in c["ends"])
        lines.append(f"channel {c['name']}: {a} - {b}")
    if report["own"]:
        lines.append("Bulkhead has: " + report_text.paths(report["own"]))
    lines.append("nobody has: " + (report_text.paths(report["unowned"]) or "no device"))
    return [write(30, y + 22 + ROW * n, short(line, 140), 11, SOFT)
            for n, line in enumerate(lines)], y + 30 + ROW * len(lines)


def draw(report):
    right, bottom = cards(report)
    left, end = column(report, max(bottom - TOP - CARD_GAP, 320))
    notes, height = footer(report, max(bottom, end) + 4)
    width = CARD_X + CARD_W + 30
    title = report["name"] or "system"
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height:.0f}' "
        f"viewBox='0 0 {width} {height:.0f}' {FONT}>",
        f"<rect width='{width}' height='{height:.0f}' fill='#fbfcfd'/>",
        write(30, 38, f"{title} on {report['board']}", 20, INK, weight="bold"),
        write(30, 62, "RAM by physical address; places that the manifest leaves open are those that "
                      "a first fit gives", 11, SOFT),
        *left, *right, *notes, "</svg>", ""])
