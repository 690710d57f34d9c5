# SPDX-License-Identifier: Apache-2.0
"""Domains of each kind of IOMMU. The program judges itself; figures are in instructions."""

import re

import bench
import pytest

METRICS = {"iommu_map_4k", "iommu_map_4k_batched", "iommu_unmap_4k", "iommu_unmap_4k_batched",
           "iommu_map_2m", "iommu_unmap_2m"}

TARGETS = ("Bulkhead", "the domain's tables", "memory of nobody", "registers of another device",
           "its own registers", "the IOMMU", "the interrupt controller", "a page that is gone")


@pytest.mark.req("BH-IOMMU-003", "BH-IOMMU-004", "BH-IOMMU-005")
def test_a_device_reaches_what_its_domain_maps(board):
    # One transfer takes 100 ms of virtual time: 10^8 instructions where these are counted.
    # A PC's edu has 28 bits of address unless it is told otherwise.
    board.start(icount="", extra=["-global", "edu.dma_mask=0xffffffffffffffff"])
    board.expect(r"result: \w+")
    board.expect_passed()
    refused = re.findall(r"refused: 0x\w+, (\w+)", board.console)
    # QEMU 10.0 never writes AMD-Vi events (tests/system/iommu_edu).
    expected = "unrecorded" if board.name.startswith("qemu_q35_svm_amdvi") else "recorded"
    assert refused == [expected] * 4
    attacks = dict(re.findall(r"attack: ([\w' ]+): (\w+)", board.console))
    # A forged message is refused by a part of VT-d that says nothing of its address.
    doorbell = attacks.pop("doorbell", None)
    assert (doorbell is None) == board.name.startswith("qemu_q35_svm_amdvi")
    # Not every board has one with registers in memory.
    attacks.setdefault("registers of another device", expected)
    assert attacks == dict.fromkeys(TARGETS, expected)


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-001")
def test_changes_are_measured(board):
    # A fault takes edu 100 ms: 10^8 instructions.
    board.start(cmdline="figures", cpus=1, timeout=180)
    board.expect(r"result: \w+")
    board.expect_passed()
    # QEMU 10.0 never writes AMD-Vi events (tests/system/iommu_edu).
    fault = set() if board.name.startswith("qemu_q35_svm_amdvi") else {"iommu_fault"}
    assert METRICS | fault <= {f.metric for f in bench.read(board.name, board.console)}
