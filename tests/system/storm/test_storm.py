# SPDX-License-Identifier: Apache-2.0
"""A partition that interrupts itself without end costs another one's CPU nothing at all."""

import pathlib
import re

import emulator_plugin as plugin
import pytest

SYSTEM = pathlib.Path(__file__).with_name("storm.dts")
CPUS = 3
QUIET_CPU = 2


@pytest.mark.req("BH-VGIC-004")
def test_a_storm_costs_its_own_cpus_only(board, tmp_path):
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(SYSTEM, cpus=CPUS), cpus=CPUS, timeout=120,
                icount="", accel="tcg,thread=multi",
                extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                       counts=counts, after=board.address("vcpu_go")))
    board.expect(r"guest: (passed|failed \d+)", timeout=120)
    board.stop()
    assert "[storm] guest: passed" in board.console
    assert re.search(r"storm: \d+ and \d+ interrupts taken", board.console)
    exits = plugin.read_stretches(counts)
    assert exits[0].n > 3000 and exits[1].n > 800
    # Not one instruction of Bulkhead between two of the guest's.
    assert QUIET_CPU not in exits or exits[QUIET_CPU].n == 0


@pytest.mark.req("BH-IOMMU-007")
def test_a_storm_of_faults_costs_its_own_cpu_only(board, tmp_path):
    """A disk is refused memory 500 times on end: its owner's CPU takes them, one at a time; the
    neighbour's CPU takes none."""
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(SYSTEM.with_name("faults.dts"), cpus=CPUS), cpus=CPUS,
                timeout=120, icount="", accel="tcg,thread=multi",
                extra=["-device", "nvme,serial=bulkhead,addr=3",
                       *plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                         counts=counts, after=board.address("vcpu_go"))])
    board.expect(r"guest: (passed|failed \d+)", timeout=120)
    board.stop()
    assert "[faults] guest: passed" in board.console
    assert "iommu: pci:0000:00:03.0 read 0x7000000000 of partition faults" in board.console
    exits = plugin.read_stretches(counts)
    assert exits[0].n > 500
    assert QUIET_CPU not in exits or exits[QUIET_CPU].n == 0
