# SPDX-License-Identifier: Apache-2.0
"""A partition that interrupts itself without end costs another one's CPU nothing at all."""

import pathlib
import re

import emulator_plugin as plugin
import pytest

SYSTEM = pathlib.Path(__file__).with_name("storm.dts")
CPUS = 3
QUIET_CPU = 2

# VT-d tells no two faults of one device apart as long as nobody has taken the first.
FAULTS_LEAST = 300

# What the guests of the second system are built to, and how they boot.
PAYLOAD = {"arm64": ("arm64.bin", "linux"), "x86": ("x86.elf", "pvh")}


def faults_system(board, folder):
    file, kind = PAYLOAD[board.arch]
    text = SYSTEM.with_name("faults.dts").read_text()
    for guest in ("faults", "quiet"):
        board.guest(SYSTEM.parent / guest, folder)
        text = text.replace(f"{guest}.bin", f"{guest}-{file}")
    source = folder / "faults.dts"
    source.write_text(text.replace('type = "linux"', f'type = "{kind}"'))
    return source


def exits(counts, cpu):
    last = [span for at, span in plugin.read_stretches(counts).items() if at == cpu]
    return sum(span.n for span in plugin.read_phases(counts, cpu) + last)


def undisturbed(counts):
    """Not one instruction of Bulkhead between two of the guest's, behind the call it begins with."""
    assert plugin.read_phases(counts, QUIET_CPU)
    assert plugin.read_stretches(counts)[QUIET_CPU].n == 1


@pytest.mark.req("BH-VGIC-004")
@pytest.mark.boards("qemu_virt_arm64")
def test_a_storm_costs_its_own_cpus_only(board, tmp_path):
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(SYSTEM, cpus=CPUS), cpus=CPUS, timeout=120,
                icount="", accel="tcg,thread=multi",
                extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                       counts=counts, after=board.address("vcpu_go"),
                                       phase=board.address("upcall_hypercall")))
    board.expect(r"guest: (passed|failed \d+)", timeout=120)
    board.stop()
    assert "[storm] guest: passed" in board.console
    assert re.search(r"storm: \d+ and \d+ interrupts taken", board.console)
    assert exits(counts, 0) > 3000 and exits(counts, 1) > 800
    undisturbed(counts)


@pytest.mark.req("BH-IOMMU-007")
def test_a_storm_of_faults_costs_its_own_cpu_only(board, tmp_path):
    """A disk is refused memory 500 times on end: its owner's CPU takes them, one at a time; the
    neighbour's CPU takes none."""
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(faults_system(board, tmp_path), cpus=CPUS), cpus=CPUS,
                timeout=120, icount="", accel="tcg,thread=multi",
                extra=["-device", "nvme,serial=bulkhead,addr=3",
                       *plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                         counts=counts, after=board.address("vcpu_go"),
                                         phase=board.address("upcall_hypercall"))])
    board.expect(r"guest: (passed|failed \d+)", timeout=120)
    board.stop()
    assert "[faults] guest: passed" in board.console
    assert "iommu: pci:0000:00:03.0 read 0x7000000000 of partition faults" in board.console
    assert exits(counts, 0) > FAULTS_LEAST
    undisturbed(counts)
