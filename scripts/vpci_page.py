#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the tables of core/vm/vpci_rows.h, which a guest's configuration space is made of, into
docs/pcie-guest.md. With --check: says whether they are there."""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROWS = ROOT / "core/vm/vpci_rows.h"
PAGE = ROOT / "docs/pcie-guest.md"
BEGIN, END = "<!-- rows: made by scripts/vpci_page.py -->\n", "<!-- end of rows -->\n"
GROUPS = {"HEADER": "header", "POWER": "power management", "EXPRESS": "PCI Express",
          "EXPRESS2": "PCI Express, version 2", "MSI": "MSI", "MSI32": "MSI", "MSI64": "MSI of 64 bits",
          "MSIX": "MSI-X"}
ROW = re.compile(r'^(\w+)\("([^"]+)", (\w+), (\d), (\w+), (\w+), (\w+), (\w+), VPCI_(\w+)\)$', re.M)
CAPABILITY = re.compile(r'^CAPABILITY\((\w+), "([^"]+)", (\w+)\)$', re.M)


def bits(text):
    return "" if int(text, 0) == 0 else f"`{int(text, 0):x}`"


def tables(source):
    lines = ["| register | offset | bytes | at first | as the board has it | the guest can change | read from the board |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for group, name, offset, width, reset, board, writable, live, _ in ROW.findall(source):
        at = f"`{int(offset, 0):02x}`" + ("" if group == "HEADER" else f" of {GROUPS[group]}")
        lines.append(f"| {name} | {at} | {width} | {bits(reset)} | {bits(board)} | "
                     f"{bits(writable)} | {bits(live)} |")
    lines += ["", "| capability | id | |", "| --- | --- | --- |"]
    for number, name, how in CAPABILITY.findall(source):
        lines.append(f"| {name} | `{int(number, 0):02x}` | {how.lower()} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; status 1: it differs")
    check = parser.parse_args().check
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    made = head + BEGIN + tables(ROWS.read_text()) + END + rest.split(END)[1]
    if not check:
        PAGE.write_text(made)
    elif made != page:
        sys.exit("docs/pcie-guest.md is not what core/vm/vpci_rows.h says: scripts/vpci_page.py")


if __name__ == "__main__":
    main()
