# SPDX-License-Identifier: Apache-2.0
"""DMA attacks from a partition that has QEMU's edu device. The program judges itself.

A transfer takes 100 ms of virtual time; guests sleep through it, so the emulator's clock runs ahead.
"""

import re

import pytest


@pytest.mark.req("BH-IOMMU-003", "BH-IOMMU-004", "BH-IOMMU-005", "BH-PART-021")
def test_a_device_reaches_its_owners_memory_alone(board, scope):
    """Neighbour, Bulkhead, page tables, doorbell, registers of others; while pages come and go; the
    owner stopped in mid-transfer."""
    rounds = scope.count(1000, 100000)
    board.start(cmdline=f"rounds={rounds}", timeout=600)
    board.expect(r"result: \w+")
    board.expect_passed()
    assert re.search(r"partition owner: device pci:edu: DMA by iommu 0, id 0x\w+", board.console)
    assert "pcie: edu belongs to partition owner" in board.console
    assert re.search(r"iommu: pci:edu write 0x\w+ of partition owner, reason 0x\w+", board.console)
    assert re.search(r"iommu: pci:edu read 0x\w+ of partition owner, reason 0x\w+", board.console)
