# SPDX-License-Identifier: Apache-2.0
"""DMA attacks from a partition that has QEMU's edu, nvme and virtio-rng. The program judges itself.

A transfer takes 100 ms of virtual time; guests sleep through it, so the emulator's clock runs ahead.
Beside the board's edu, which nothing resets, there is one behind a port, whose bus can be.
"""

import re

import bench
import pytest

DEVICES = """
    pcie-root-port,id=rp0,chassis=1,slot=1,addr=4
    pcie-root-port,id=rp1,chassis=2,slot=2,addr=5
    pcie-root-port,id=rp2,chassis=3,slot=3,addr=6
    nvme,serial=bulkhead,bus=rp0,cmb_size_mb=1
    virtio-rng-pci,bus=rp1,disable-legacy=on,iommu_platform=on,max-bytes=64,period=150
    edu,bus=rp2,dma_mask=0xffffffffffff
"""

# Behind bridges QEMU's AMD-Vi does not work, and without one neither virtio nor edu can be reset.
DEVICES_AMDVI = """
    nvme,serial=bulkhead,addr=4,cmb_size_mb=1
    virtio-rng-pci,addr=5,disable-legacy=on,iommu_platform=on,max-bytes=64,period=150
    edu,addr=6
"""


def devices(board):
    lines = DEVICES_AMDVI if board.name == "qemu_q35_svm_amdvi" else DEVICES
    wide = ["-global", "edu.dma_mask=0xffffffffffff"] if board.arch == "x86" else []
    return wide + [word for line in lines.split() for word in ("-device", line)]


def told(board):
    """Each device by each way, and its messages: of AMD-Vi QEMU records no fault and remaps nothing."""
    for name, ways in (("edu", "write|read"), ("nvme", "write|read"), ("virtio", "write"),
                       ("edu-2", "write|read")):
        for way in ways.split("|"):
            assert re.search(rf"iommu: pci:{name} {way} 0x\w+ of partition owner, reason 0x\w+",
                             board.console), (name, way)
    controller = "ITS" if board.arch == "arm64" else "IOMMU"
    for name, vectors in (("edu", "MSI 1"), ("nvme", r"MSI-X \d+"), ("virtio", r"MSI-X \d+")):
        assert re.search(rf"partition owner: device pci:{name}: {vectors} by {controller}, id 0x\w+",
                         board.console)
    assert re.search(r"a message takes [1-9]\d* ticks", board.console)


@pytest.mark.bench
@pytest.mark.req("BH-IOMMU-003", "BH-IOMMU-004", "BH-IOMMU-005", "BH-PCIE-006",
                 "BH-PART-021", "BH-MSI-001")
def test_a_device_reaches_its_owners_memory_alone(board, scope):
    """Neighbour, Bulkhead, page tables, doorbell, registers of others; while pages come and go; the
    owner stopped in mid-transfer, whose devices are clean before it starts again. edu's message comes as the SPI that the
    guest asked for, at each start as often as it was raised; a transfer to the doorbell raises nothing. Pages of
    Bulkhead's code and constants are summed again after each transfer that goes there."""
    rounds = scope.count(1000, 100000)
    limit = max(300, rounds // 15)
    board.start(cmdline=f"rounds={rounds}", extra=devices(board), timeout=limit)
    board.expect(r"result: \w+", timeout=limit)
    board.expect_passed()
    assert "partition owner: device pci:edu is never reset (bulkhead,no-reset)" in board.console
    stops = re.search(r"(\d+) rounds, (\d+) stops", board.console)
    assert int(stops[2]) >= scope.count(20, 200)
    for name in ("edu", "nvme", "virtio", "edu-2"):
        assert re.search(rf"partition owner: device pci:{name}: DMA by iommu 0, id 0x\w+",
                         board.console)
        assert f"pcie: {name} belongs to partition owner" in board.console
    assert not re.search(r"not reset|does not come", board.console)
    if board.name == "qemu_q35_svm_amdvi":
        return
    told(board)
    # A step of a reset is one of the pieces that everything longer than 1,000 instructions is in.
    figures = {f.metric: f for f in bench.read(board.name, board.console)}
    assert figures["pcie_reset_step"].max <= 1000
