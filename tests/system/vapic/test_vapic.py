# SPDX-License-Identifier: Apache-2.0
"""The interrupt controllers that an x86 partition sees. The guest judges."""

import bench
import pytest

# Instructions by the guest's own count; to the first of its handler for ipi_self and timer_spin.
LIMITS = {"ipi_send_x2apic": 220, "ipi_send_xapic": 480, "ipi_self": 300, "pio_emulated": 300,
          "timer_spin": 300}
COUNTED = ("qemu_q35_svm_vtd", "bochs_tigerlake")


@pytest.mark.bench
@pytest.mark.req("BH-VAPIC-001", "BH-VAPIC-002", "BH-VAPIC-003", "BH-VAPIC-004", "BH-CPU-001")
def test_vapic(board):
    board.start(timeout=120)
    board.expect(r"result: \w+")
    board.expect_passed()
    if board.name in COUNTED:
        figures = {f.metric: f.avg for f in bench.read(board.name, board.console)}
        assert set(figures) == set(LIMITS)
        assert not {m: v for m, v in figures.items() if v > LIMITS[m]}


@pytest.mark.req("BH-CPU-001")
@pytest.mark.boards("qemu_q35_svm_vtd", "bochs_tigerlake")
def test_rate_of_the_tsc(board):
    """Two and a half times the machine's by the CPU's multiplier; refused where it has none."""
    if board.parameters.get("kernel"):
        board.start(cmdline="rate", timeout=60)
        board.expect(r"tsc-frequency: \d+ Hz: this CPU's TSC has \d+ Hz, .*SVM has no TSC scaling here")
        board.expect(r"partition guest: not built, does not run")
        return
    board.start(disk=board.with_text("@vapic-argument@", "rate"), timeout=120)
    board.expect(r"rate: \d+ of \d+", timeout=120)
    board.expect(r"result: \w+")
    board.expect_passed()
