# SPDX-License-Identifier: Apache-2.0
"""imx8mp_evk on QEMU's machine of it: the i.MX UART both ways, the DesignWare host and what is behind
it, and what a board without IOMMU lets a partition have."""

import pathlib

import pytest

SYSTEM = pathlib.Path(__file__).with_name("nic.dts")
FUNCTION = "pci:0000:01:00.0"

TREE = [
    "pcie: segment 0, buses 0 to 255, DesignWare at 0x33800000, window 0x1ff00000, not coherent",
    "pcie: 0000:00:00.0 16c3:abcd bridge to buses 01-01, group 0, not isolating",
    "pcie: 0000:01:00.0 8086:10d3 network, group 0, MSI 1, MSI-X 5, D3/bus reset, off, no IOMMU",
]


def tree(board):
    return [line.partition("info  ")[2] for line in board.lines if "info  pcie: " in line]


@pytest.mark.req("BH-PCIE-001", "BH-PCIE-003", "BH-PCIE-008", "BH-PORT-002")
def test_a_guest_reads_its_function_through_the_window_and_what_is_typed(board):
    board.start(initrd=board.system_image(SYSTEM))
    board.expect_exact("nic: type\n")
    board.send("board.")
    board.expect_exact("nic: typed board\n")
    board.expect_exact("guest: passed")
    assert tree(board)[:3] == TREE
    for line in (
        "uart: i.MX UART at 0x30890000, interrupt 59, console",
        "interrupts by GICv3, time by CNTFRQ_EL0 at 8000000 Hz",
        "4 of 4 CPUs up, each took a timer interrupt and a kick",
        "no IOMMU: nothing keeps a device's DMA out of any memory",
        f"partition nic: device {FUNCTION} may reach all memory (bulkhead,unprotected-dma)",
        "[nic] nic: id 0x10d38086, BAR 0x18000000",
        # Of the 82574: link up, full duplex, reset done.
        "[nic] nic: status 0x80283",
    ):
        assert any(seen.endswith(line) for seen in board.lines), line


@pytest.mark.req("BH-IOMMU-001", "BH-PCIE-005")
def test_without_iommu_a_function_is_nobodys_unless_the_manifest_accepts_it(board, tmp_path):
    system = tmp_path / "blocked.dts"
    system.write_text(SYSTEM.read_text().replace("bulkhead,unprotected-dma;", ""))
    (tmp_path / "Makefile").write_text(f"include {SYSTEM.with_name('Makefile')}\n")
    board.boot(initrd=board.system_image(system))
    assert f"manifest: {FUNCTION}: it may do DMA, and no IOMMU covers it" in board.console
    assert "partition nic" not in board.console
