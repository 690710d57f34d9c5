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
    assert "512 words as they were, 0 words of the secret" in board.console
    board.expect_passed()


@pytest.mark.cannot("qemu_q35_svm_amdvi", reason="QEMU 10.0 refuses the access, as the next test "
                    "shows, and never writes an event: amdvi_test_mask() ORs where it should AND")
def test_a_fault_names_device_address_and_direction(board):
    run(board)
    assert "result: read recorded, write recorded, others none" in board.console
    assert "result: direction recorded" in board.console


@pytest.mark.boards("qemu_q35_svm_amdvi")
def test_the_emulator_saw_the_faults(board):
    board.start(icount="", extra=["-trace", "amdvi_page_fault"])
    pages = board.expect("edu: secret at (0x[0-9a-f]+), victim at (0x[0-9a-f]+)").groups()
    board.expect_passed()
    trace = (board.run.run_dir / "emulator.log").read_text()
    for page in pages:
        assert f"page fault accessing guest physical address {page}" in trace


@pytest.mark.boards(*WITHOUT_IOMMU)
def test_without_iommu_the_device_reaches_memory(board):
    """The control: it shows that the program above sees a DMA that is let through."""
    run(board, **WITHOUT_IOMMU[board.board.name])
    assert "no IOMMU: nothing keeps a device's DMA out of any memory" in board.console
    assert "508 words as they were, 4 words of the secret" in board.console
    board.expect_failed()


@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.config("default", "CONFIG_IOMMU_SMMUV3=n", "CONFIG_PANIC_SIM_EXIT=y")
def test_nothing_is_switched_on_beside_an_iommu_without_driver(board):
    board.start()
    board.expect("iommu 0: no driver for the SMMUv3 at 0x9050000 in this build")
    board.expect_failed()
    assert "boot: interrupts and timer" not in board.console
