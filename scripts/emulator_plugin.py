# SPDX-License-Identifier: Apache-2.0
"""Builds the emulator plugin (tests/plugin/plugin.c) and reads what it wrote."""

import dataclasses
import pathlib
import re
import subprocess

from elftools.elf.elffile import ELFFile

PLUGIN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "plugin" / "plugin.c"


def build(out):
    """libplugin.so in the folder `out`."""
    library = out / "libplugin.so"
    subprocess.run(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror",
                    "-shared", "-fPIC", "-fvisibility=hidden", "-o", library, PLUGIN],
                   check=True, timeout=120)
    return library


def text_of(elf):
    """First and one past the last address of the image's code."""
    with open(elf, "rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        return text["sh_addr"], text["sh_addr"] + text["sh_size"]


# MSR DAIFClr with the bit of IRQ (Arm ARM C5.2.6, C6.2 "MSR (immediate)").
DAIFCLR, DAIFCLR_MASK, DAIFCLR_IRQ = 0xd50340ff, 0xfffff0ff, 1 << 9

# STI, HLT or NOP, CLI: cpu_wait() and cpu_take_irqs().
STI_CLI = re.compile(rb"\xfb[\xf4\x90]\xfa", re.DOTALL)


def unmasks(elf):
    """Where an image takes interrupts: addresses of MSR DAIFClr with IRQ, or of STI."""
    with open(elf, "rb") as file:
        image = ELFFile(file)
        text = image.get_section_by_name(".text")
        code, base, arm64 = text.data(), text["sh_addr"], image.get_machine_arch() == "AArch64"
    if not arm64:
        return [base + found.start() for found in STI_CLI.finditer(code)]
    return [base + at for at in range(0, len(code) - 3, 4)
            if (word := int.from_bytes(code[at:at + 4], "little")) & DAIFCLR_MASK == DAIFCLR and
            word & DAIFCLR_IRQ]


def arguments(library, text, *, blocks=None, counts=None, spans=(), after=None,
              apart=(), opens=(), phase=None):
    """Emulator arguments. `text` and each span are pairs of addresses, `after`, `phase` and each
    of `apart` and `opens` one."""
    words = [str(library), "text={:x}:{:x}".format(*text)]
    words += [f"blocks={blocks}"] if blocks else []
    words += [f"counts={counts}"] if counts else []
    words += ["span={:x}:{:x}".format(*span) for span in spans]
    words += [f"after={after:x}"] if after else []
    words += [f"apart={address:x}" for address in apart]
    words += [f"open={address:x}" for address in opens]
    words += [f"phase={phase:x}"] if phase else []
    return ["-plugin", ",".join(words)]


# What formats a line of the log, or emits one that was kept.
SAYS = ("log_vwrite", "log_ring_commit", "log_later_keep", "log_later_emit")


def masked(board):
    """arguments() by which stretches are those with interrupts masked: between
    a guest's instructions or what takes interrupts, from a CPU's first guest on; "apart": those
    that say something."""
    return {"after": board.address("vcpu_go"), "apart": [board.address(f) for f in SAYS],
            "opens": unmasks(board.elf)}


# Parameters of a board with several CPUs: QEMU 10.0 crashes where they share a thread and stretches
# are counted.
THREADS = {"icount": "", "accel": "tcg,thread=multi"}


def masked_by(board, function):
    """The same; "apart" those that come by `function`."""
    return masked(board) | {"apart": [board.address(function)]}


@dataclasses.dataclass(frozen=True)
class Span:
    n: int
    min: int
    max: int
    sum: int


def together(spans):
    """What several have in all; at least one."""
    return Span(sum(s.n for s in spans), min(s.min for s in spans), max(s.max for s in spans),
                sum(s.sum for s in spans))


def read_stretches(path, name="stretch"):
    """{cpu: Span}: stretches of the image's instructions between two of a guest; "apart": those
    that came by that address."""
    return {int(c): Span(int(n), int(lo), int(hi), int(total))
            for c, n, lo, hi, total in re.findall(
                rf"^{name} cpu (\d+) n (\d+) min (\d+) max (\d+) sum (\d+)$", path.read_text(),
                re.M)}


def read_phases(path, cpu):
    """[Span]: the stretches of that CPU, phase by phase."""
    return [Span(int(n), int(lo), int(hi), int(total))
            for n, lo, hi, total in re.findall(
                rf"^phase \d+ cpu {cpu} n (\d+) min (\d+) max (\d+) sum (\d+)$", path.read_text(),
                re.M)]


def read_counts(path):
    """({cpu: instructions retired}, {(span, cpu): Span})"""
    text = path.read_text()
    retired = {int(c): int(n) for c, n in re.findall(r"^cpu (\d+) retired (\d+)$", text, re.M)}
    spans = {(int(s), int(c)): Span(int(n), int(lo), int(hi), int(total))
             for s, c, n, lo, hi, total in re.findall(
                 r"^span (\d+) cpu (\d+) n (\d+) min (\d+) max (\d+) sum (\d+)$", text, re.M)}
    return retired, spans
