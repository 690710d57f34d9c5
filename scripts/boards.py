#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boards: folders boards/<vendor>/<board>/ of the source tree and of every BOARD_ROOT.

As a program, lists them: boards.py --src <source tree> [--roots <roots>]
"""
import argparse
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml


class BoardError(Exception):
    """Says in one line what is wrong with the name or the folder of a board."""


@dataclass(frozen=True)
class Board:
    name: str
    folder: Path
    full_name: str
    arch: str
    variants: dict = field(default_factory=dict)  # name -> what it is, in words

    def defconfigs(self, variant):
        """Configuration fragments of the board, then of the variant if it has any."""
        yield self.folder / f"{self.name}_defconfig"
        if variant:
            own = self.folder / f"{self.name}_{variant}_defconfig"
            if own.exists():
                yield own


def board_roots(src, extra):
    """The source tree and the folders that BOARD_ROOT names, split at spaces and colons."""
    roots = [Path(src)] + [Path(os.path.abspath(r)) for r in re.split(r"[\s:]+", extra or "") if r]
    for root in roots[1:]:
        if not (root / "boards").is_dir():
            raise BoardError(f"BOARD_ROOT: {root} has no folder boards/")
    return roots


def board_load(folder):
    """Reads <folder>/board.yml. Variants are those it lists, which may bring a configuration of
    their own, and those of the simulation, which need none."""
    path = folder / "board.yml"
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))["board"]
        name = text["name"]
        variants = {v["name"]: v.get("description", "") for v in text.get("variants", [])}
        simulation = folder / f"{name}.yaml"
        if simulation.exists():
            data = yaml.safe_load(simulation.read_text(encoding="utf-8"))
            for variant, what in data.get("simulation", {}).get("variants", {}).items():
                variants.setdefault(variant, what.get("description", ""))
        board = Board(name, folder, text["full_name"], text["arch"], variants)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as err:
        raise BoardError(f"{path}: not a board description: {err}") from err
    if name != folder.name:
        raise BoardError(f"{path}: name is {name}, its folder is {folder.name}: make them equal")
    if board.arch not in ("arm64", "x86"):
        raise BoardError(f"{path}: arch is {board.arch}, expected arm64 or x86")
    return board


def boards_find(src, extra=""):
    """All boards by name. A name that two folders claim is refused."""
    found = {}
    for root in board_roots(src, extra):
        for path in sorted(root.glob("boards/*/*/board.yml")):
            board = board_load(path.parent)
            if board.name in found:
                raise BoardError(f"board {board.name} is in {found[board.name].folder} "
                                 f"and in {board.folder}: rename one")
            found[board.name] = board
    return found


def board_get(src, extra, name):
    """(board, variant or "") for "board" or "board/variant"."""
    boards = boards_find(src, extra)
    base, _, variant = name.partition("/")
    if base not in boards:
        raise BoardError(f"BOARD={name}: no such board; there are: {', '.join(sorted(boards))}")
    board = boards[base]
    if variant and variant not in board.variants:
        raise BoardError(f"BOARD={name}: {base} has no such variant; it has: "
                         f"{', '.join(board.variants) or 'none'}")
    return board, variant


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--src", required=True)
    args.add_argument("--roots", default=os.environ.get("BOARD_ROOT", ""))
    args = args.parse_args()
    try:
        boards = boards_find(args.src, args.roots)
    except BoardError as err:
        sys.exit(f"boards: {err}")
    for board in boards.values():
        print(f"{board.name:<28}{board.arch:<7}{board.full_name}")
        for name, what in board.variants.items():
            print(f"  {board.name + '/' + name:<33}{what}")


if __name__ == "__main__":
    main()
