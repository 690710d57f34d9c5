# SPDX-License-Identifier: Apache-2.0
"""Figures: read from consoles, held against tests/bench/targets.yaml, written as bench.json and as
a table. The plugin of the board tests uses it; docs/benchmarks.md says how a metric is added."""

import dataclasses
import fnmatch
import json
import pathlib
import re

import yaml

TARGETS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "bench" / "targets.yaml"
KEYS = {"text", "unit", "of", "boards"}
BOARD_KEYS = {"target", "peer"}

# What a program prints: the word, metric, unit, how often, least, mean, most; "-": not measured.
NUMBER = r"(-|\d+(?:\.\d+)?)"
LINE = re.compile(rf"\bbench ([a-z0-9_]+) ([a-z]+) (\d+) {NUMBER} {NUMBER} {NUMBER}$", re.M)


# Behind a metric's name: measured on a build without Bulkhead's guards of itself.
UNGUARDED = " (without protections)"


class BenchError(Exception):
    """A figure that cannot be taken as it stands."""


@dataclasses.dataclass(frozen=True)
class Figure:
    board: str
    metric: str
    unit: str
    n: int
    min: float | None
    avg: float | None
    max: float | None


def number(text):
    if text == "-":
        return None
    return float(text) if "." in text else int(text)


def read(board, console):
    """The figures on the console of `board`."""
    return [Figure(board, m[1], m[2], int(m[3]), *(number(x) for x in m.groups()[3:]))
            for m in LINE.finditer(console.replace("\r", ""))]


def unguarded(figure):
    """The same figure as one of a build without protections."""
    return dataclasses.replace(figure, metric=figure.metric + UNGUARDED)


def load_targets(path=TARGETS):
    """{metric: its entry}, checked."""
    metrics = yaml.safe_load(path.read_text())["metrics"]
    for name, entry in metrics.items():
        unknown = set(entry) - KEYS
        for pattern, wanted in entry.get("boards", {}).items():
            unknown |= {f"{pattern}.{k}" for k in set(wanted) - BOARD_KEYS}
        if unknown or entry.get("of") not in ("min", "avg", "max"):
            raise BenchError(f"{path}: {name}: unknown keys {sorted(unknown)}; wanted: "
                             f"{sorted(KEYS)}, of: min, avg or max; a board: {sorted(BOARD_KEYS)}")
    return metrics


def judged(figures, metrics):
    """The array of bench.json, each row with the board's target and peer, and beside each row
    what to say of it: 'holds', 'misses' or ''."""
    rows, verdicts = {}, {}
    for f in sorted(figures, key=lambda f: (f.metric.removesuffix(UNGUARDED), f.board, f.metric)):
        entry = metrics.get(f.metric.removesuffix(UNGUARDED))
        if entry is None or entry["unit"] != f.unit:
            raise BenchError(f"{f.board}: metric {f.metric} in {f.unit} is not in {TARGETS.name}")
        wanted = next((w for pattern, w in entry.get("boards", {}).items()
                       if fnmatch.fnmatchcase(f.board, pattern)), {})
        if f.metric.endswith(UNGUARDED):
            wanted = {}  # what is held against them is the build as it is used
        row = {**dataclasses.asdict(f), "target": wanted.get("target"), "peer": wanted.get("peer")}
        key = (f.metric, f.board)
        if rows.setdefault(key, row) != row:
            raise BenchError(f"{f.board}: two tests measure {f.metric}, and differ")
        value = row[entry["of"]] if row[entry["of"]] is not None else row["avg"]
        verdicts[key] = ""
        if row["target"] is not None and value is not None:
            verdicts[key] = "holds" if value <= row["target"] else "misses"
    return list(rows.values()), list(verdicts.values())


def table(rows, verdicts):
    """The rows as lines of a table, which docs/benchmarks.md can take as it is."""
    def cell(x):
        return "-" if x is None else f"{x:,}" if isinstance(x, (int, float)) else str(x)
    head = ["metric", "board", "unit", "n", "min", "avg", "max", "target", "peer", ""]
    lines = [head, ["---"] * len(head)]
    lines += [[cell(r[k]) for k in head[:-1]] + [v] for r, v in zip(rows, verdicts)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |" for line in lines]


def write(rows, path):
    path.write_text(json.dumps(rows, indent=1) + "\n")
