# SPDX-License-Identifier: Apache-2.0
"""The interrupt controller that an arm64 partition sees. The guest judges."""

import bench
import pytest

# What one of each may take at most, in instructions, on a Cortex-A57 (docs/benchmarks.md).
LIMITS = {"gicd_read": 175, "gicr_read": 175, "gicd_write": 190, "sgi_self": 190,
          "sgi_self_rt": 210, "timer_spin": 100, "timer_wfi": 100,
          "sgi_cross_spin": 320, "sgi_cross_wfi": 320}
# An SGI to one costs so much of one to all others at most, where these are one.
UNICAST = 0.8


@pytest.mark.req("BH-VGIC-002")
@pytest.mark.boards("qemu_virt_arm64")
def test_vgic_of_ten_vcpus(board):
    board.start(cpus=10, timeout=180)
    board.expect(r"interrupts of 10 vcpus: good", timeout=180)
    board.expect_passed()


def measured(board, pings):
    seconds = 120 + pings // 1000
    board.start(timeout=seconds, cmdline=str(pings))
    board.expect(r"result: \w+", timeout=seconds)
    board.expect_passed()
    assert f"pings: {pings} awake" in board.console
    return bench.read(board.name, board.console)


@pytest.mark.bench(twice=["qemu_virt_arm64", "qemu_virt_arm64/max"])
@pytest.mark.req("BH-VGIC-001", "BH-VGIC-002", "BH-VGIC-003", "BH-BENCH-005")
def test_vgic(board, scope):
    pings = scope.count(10000, 1000000)
    figures = measured(board, pings)
    if board.name == "qemu_virt_arm64" and "UNPROTECTED" not in board.options:
        found = {f.metric: f.max for f in figures}
        assert {m: (found[m], most) for m, most in LIMITS.items() if found[m] > most} == {}
        assert found["sgi_send"] <= UNICAST * found["sgi_broadcast_one"]
        assert measured(board, pings) == figures
