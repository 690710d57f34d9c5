# SPDX-License-Identifier: Apache-2.0
"""How much of the handlers of SVM's exits, and of the PC around a guest, guests go: at least ninety ways
of branches in a hundred, but for those that nobody can."""

import dataclasses
import pathlib

import coverage
import emulator_plugin as plugin
import pytest
import pytest_bulkhead

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
LEAST = 90
ROUNDS = "6400"  # of what is random: the rest is tried as in test_attack_x86.py

HANDLERS = [
    "core/vm/hypercall.c", "core/vm/trap.c", "core/vm/memory.c", "core/vm/mmio.c", "core/vm/port.c",
    "core/vm/v16550.c", "core/vm/power.c",
    "arch/x86/virt/walk.h", *(f"arch/x86/virt/{name}.c" for name in (
        "cpuid", "msr", "creg", "kvmpv", "emulate", "fetch", "insn", "alu", "fastmov", "ipi", "virq",
        "virq_fast", "vlapic", "vlapic_regs", "vioapic", "vpic", "vpit", "vpm", "vreset", "vrtc",
        "vtimer", "vdev", "svm/exit", "svm/fast", "svm/svm"))]


def watched(board, folder, name, until, typed=None, **parameters):
    """Runs the board under the plugin: the image, and the file of its blocks."""
    blocks = folder / f"{name}.blocks"
    board.start(extra=plugin.arguments(plugin.build(folder), plugin.text_of(board.elf), blocks=blocks),
                timeout=600, **parameters)
    if typed is not None:
        board.expect(r": type ", timeout=600)
        board.send(typed)
    board.expect(until, timeout=600)
    board.stop()
    return board.elf, [blocks]


def attack(board, folder):
    """Every privileged instruction."""
    return watched(board, folder, "attack", r"guest: passed", cpus=1,
                   initrd=board.system_image(HERE / "attack.dts", cpus=1))


def vapic(board, folder):
    """The interrupt controllers of two vcpus, by the program of tests/system/vapic."""
    other = pytest_bulkhead.BoardRun(board.config, board.name, dataclasses.replace(
        board.wanted, test_dir=str(HERE.parent / "vapic")), folder)
    try:
        return watched(other, folder, "vapic", r"result: passed")
    finally:
        other.stop()


def devices(board, folder):
    """A line of the board, messages, and what is typed, by the program of tests/system/pc."""
    return watched(board, folder, "devices", r"guest: passed", cpus=2, icount="", typed="abc",
                   initrd=board.system_image(HERE.parent / "pc/devices.dts"))


@pytest.mark.req("BH-CALL-005")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_branches_of_handlers(board, tmp_path, monkeypatch):
    """What cannot be reached is in unreached.txt; what is left is printed by line."""
    monkeypatch.setenv("ATTACK_ROUNDS", ROUNDS)
    runs = [attack(board, tmp_path), vapic(board, tmp_path), devices(board, tmp_path)]
    few, stale = coverage.print_branches(coverage.branches(runs), HANDLERS,
                                         HERE / "unreached.txt", SOURCE, LEAST)
    assert not few
    assert not stale
