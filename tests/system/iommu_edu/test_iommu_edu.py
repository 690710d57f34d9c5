# SPDX-License-Identifier: Apache-2.0
"""DMA of QEMU's edu device against the block of STAGE_DMA_BLOCK.

One transfer takes 100 ms of virtual time, which would be 10^8 instructions under icount: these
runs are without.
"""

import pytest

pytestmark = pytest.mark.req("BH-IOMMU-002")

# The same board with its IOMMU taken away.
WITHOUT_IOMMU = {
    "qemu_virt_arm64": {"machine": "virt-10.0,virtualization=on,gic-version=3,dtb-randomness=off"},
    "qemu_q35_svm_vtd": {"iommu": ""},
    "qemu_q35_svm_amdvi": {"iommu": ""},
}


def run(board, **parameters):
    board.start(icount="", **parameters)
    board.expect("result: direction .*\n")
    return board


def test_a_device_reaches_nothing(board):
    run(board)
    assert "result: memory unchanged" in board.console
    board.expect_passed()


@pytest.mark.cannot("qemu_q35_svm_amdvi",
                    reason="QEMU's AMD-Vi puts the access where the event has reserved bits")
def test_a_fault_says_whether_it_was_a_write(board):
    run(board)
    assert "result: direction recorded" in board.console


@pytest.mark.boards(*WITHOUT_IOMMU)
def test_without_iommu_the_device_reaches_memory(board):
    """The control: it shows that the program above sees a DMA that is let through."""
    run(board, **WITHOUT_IOMMU[board.board.name])
    assert "no IOMMU: nothing keeps a device's DMA out of any memory" in board.console
    assert "508 words as they were, 4 words of the secret" in board.console
    board.expect_failed()
