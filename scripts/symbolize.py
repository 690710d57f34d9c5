#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds "function (file:line)" to the code addresses of a console log.

    symbolize.py build/bulkhead.elf < console.log

An address is a hexadecimal number of 6 to 16 digits that lies in code of the ELF file; numbers
that do not, and lines without one, pass unchanged. Needs python3-pyelftools, and works on an ELF
file of any architecture (the host's addr2line may know its own only).
"""

import bisect
import re
import sys

from elftools.construct import Array, ULInt8
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

NUMBER = re.compile(r"\b(?:0x)?([0-9a-f]{6,16})\b")
NAMED = r" <?(%s)(\+0x[0-9a-f]+)?"
# What a log says of an address that control returns to: the call is the instruction before it.
RETURN = re.compile(r"#\d+ +0x|called from|return|\bx30\b|\blr\b", re.I)


class Symbolizer:
    """Loads symbols at the first question, line tables at the first address that is code."""

    def __init__(self, path):
        self.path = path
        self._code = None
        self._functions = None
        self._lines = None

    def _load_symbols(self):
        with open(self.path, "rb") as file:
            elf = ELFFile(file)
            flag = SH_FLAGS.SHF_EXECINSTR | SH_FLAGS.SHF_ALLOC
            self._code = [(s["sh_addr"], s["sh_addr"] + s["sh_size"]) for s in elf.iter_sections()
                          if s["sh_flags"] & flag == flag]
            table = elf.get_section_by_name(".symtab")
            names = {}
            for s in table.iter_symbols() if table else ():
                if s["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE") and s.name and \
                        self.is_code(s["st_value"]) and s.name[0] not in "$.":
                    names.setdefault(s["st_value"], s.name)
                    if s["st_info"]["type"] == "STT_FUNC":
                        names[s["st_value"]] = s.name
            self._functions = sorted(names.items())

    def _load_lines(self):
        rows = []
        with open(self.path, "rb") as file:
            elf = ELFFile(file)
            dwarf = elf.get_dwarf_info() if elf.has_dwarf_info() else None
            for unit in dwarf.iter_CUs() if dwarf else ():
                rows += line_rows(dwarf, unit)
        rows.sort(key=lambda r: r[0])
        self._lines = rows

    def is_code(self, address):
        if self._code is None:
            self._load_symbols()
        return any(lo <= address < hi for lo, hi in self._code)

    def function(self, address):
        """Name of the function that holds the address, or None."""
        if not self.is_code(address):
            return None
        at = bisect.bisect_right(self._functions, (address, "\U0010ffff")) - 1
        return self._functions[at][1] if at >= 0 else None

    def line(self, address):
        """(file, line) of the address, or None where no line table covers it."""
        if self._lines is None:
            self._load_lines()
        at = bisect.bisect_right(self._lines, address, key=lambda r: r[0]) - 1
        return self._lines[at][1] if at >= 0 else None

    def places(self, text):
        """For every code address in a line of the log: (end of the number, what to add there).
        The name is left out where the log says it already."""
        back = 1 if RETURN.search(text) else 0
        for match in NUMBER.finditer(text):
            address = int(match[1], 16)
            name = self.function(address - back)
            if name is None:
                continue
            place = self.line(address - back)
            where = f"({place[0]}:{place[1]})" if place else ""
            named = re.match(NAMED % re.escape(name), text[match.end():])
            if named and where:
                yield match.end() + named.end(), where
            elif not named:
                yield match.end(), f"{name} {where}".rstrip()

    def annotate(self, text):
        """One line of the log, without newline, with what places() says put in."""
        for at, what in reversed(list(self.places(text))):
            text = f"{text[:at]} {what}{text[at:]}"
        return text


def line_rows(dwarf, unit):
    """(address, (file, line) or None at the end of a sequence) of a unit's line program."""
    # clang puts MD5 sums into file tables; pyelftools before 0.30 does not know their form.
    unit.structs.Dwarf_dw_form.setdefault("DW_FORM_data16", Array(16, ULInt8("")))
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return []
    header = program.header
    first = 0 if header["version"] >= 5 else 1
    files = [file_name(header, entry) for entry in header["file_entry"]]
    rows = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if state.end_sequence:
            rows.append((state.address, None))
        elif state.line:
            rows.append((state.address, (files[state.file - first], state.line)))
    return rows


def file_name(header, entry):
    directories = header["include_directory"]
    index = entry["dir_index"] - (0 if header["version"] >= 5 else 1)
    directory = directories[index].decode() if 0 <= index < len(directories) else ""
    name = entry["name"].decode()
    if directory not in ("", ".") and not name.startswith(("/", directory + "/")):
        name = f"{directory}/{name}"
    return name.removeprefix("./")


class Annotator:
    """The same for a stream: bytes pass at once, what is to be added comes before the newline."""

    def __init__(self, symbolizer):
        self._symbolizer = symbolizer
        self._line = b""

    def feed(self, data):
        out = b""
        for piece in data.splitlines(keepends=True):
            body = piece.rstrip(b"\r\n")
            self._line += body
            if body == piece:
                out += piece
                continue
            out += body + self._added() + piece[len(body):]
            self._line = b""
        return out

    def _added(self):
        text = self._line.decode("utf-8", "replace")
        found = [what for _, what in self._symbolizer.places(text)]
        return f"  {', '.join(found)}".encode() if found else b""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    symbolizer = Symbolizer(sys.argv[1])
    for line in sys.stdin:
        print(symbolizer.annotate(line.rstrip("\n")))


if __name__ == "__main__":
    main()
