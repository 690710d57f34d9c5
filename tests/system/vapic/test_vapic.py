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
