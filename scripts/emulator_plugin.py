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


# MSR DAIFClr with the bit of IRQ, ISB, MSR DAIFSet with it (Arm ARM C5.2.6, C6.2 "MSR
# (immediate)"): cpu_take_irqs().
CLR_SET = re.compile(rb"\xff[\x42\x43\x46\x47]\x03\xd5\xdf\x3f\x03\xd5\xdf[\x42\x43\x46\x47]\x03\xd5",
                     re.DOTALL)

# STI, HLT or NOP, CLI: cpu_wait() and cpu_take_irqs().
STI_CLI = re.compile(rb"\xfb[\xf4\x90]\xfa", re.DOTALL)


def unmasks(elf):
    """Where an image takes interrupts: addresses of what unmasks them, and of what masks them again,
    for an interrupt that was taken has returned before it; and, on arm64, where one is taken that
    came as a guest was entered."""
    with open(elf, "rb") as file:
        image = ELFFile(file)
        text = image.get_section_by_name(".text")
        code, base, arm64 = text.data(), text["sh_addr"], image.get_machine_arch() == "AArch64"
        entry = image.get_section_by_name(".symtab").get_symbol_by_name("guest_irq")
    return [base + at for found in (CLR_SET if arm64 else STI_CLI).finditer(code)
            for at in (found.start(), found.end() - (4 if arm64 else 1))] + \
        [symbol["st_value"] for symbol in entry or []]


# YIELD (Arm ARM C6.2), PAUSE: what a loop that waits for another CPU does in each turn.
RELAX = re.compile(rb"\x3f\x20\x03\xd5|\xf3\x90", re.DOTALL)


def waits(elf):
    """Where an image waits for a lock."""
    with open(elf, "rb") as file:
        image = ELFFile(file)
        text = image.get_section_by_name(".text")
        lock = image.get_section_by_name(".symtab").get_symbol_by_name("spin_lock")[0]
        at = lock["st_value"] - text["sh_addr"]
        return lock["st_value"] + RELAX.search(text.data()[at:at + lock["st_size"]]).start()


def arguments(library, text, *, blocks=None, counts=None, spans=(), after=None,
              apart=(), opens=(), phase=None, wait=None):
    """Emulator arguments. `text` and each span are pairs of addresses, `after`, `phase`, `wait` and
    each of `apart` and `opens` one."""
    words = [str(library), "text={:x}:{:x}".format(*text)]
    words += [f"blocks={blocks}"] if blocks else []
    words += [f"counts={counts}"] if counts else []
    words += ["span={:x}:{:x}".format(*span) for span in spans]
    words += [f"after={after:x}"] if after else []
    words += [f"apart={address:x}" for address in apart]
    words += [f"open={address:x}" for address in opens]
    words += [f"phase={phase:x}"] if phase else []
    words += [f"wait={wait:x}"] if wait else []
    return ["-plugin", ",".join(words)]


# What formats a line of the log, or emits one that was kept.
SAYS = ("log_vwrite", "log_ring_commit", "log_later_keep", "log_later_emit")


def masked(board):
    """arguments() by which stretches are those with interrupts masked: between
    a guest's instructions or what takes interrupts, from a CPU's first guest on, turns of waiting
    for a lock left out; "apart": those that say something."""
    return {"after": board.address("vcpu_go"), "apart": [board.address(f) for f in SAYS],
            "opens": unmasks(board.elf), "wait": waits(board.elf)}


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
