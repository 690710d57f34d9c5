# SPDX-License-Identifier: Apache-2.0
"""What an x86 guest sees of faults, traps and its own registers, and what its exits leave of
Bulkhead's. The program judges itself."""

import pytest


@pytest.mark.req("BH-VX86-001", "BH-VX86-002", "BH-VX86-003", "BH-VX86-004")
def test_guest_x86(board):
    board.start(cpus=1)
    board.expect(r"result: passed")
    board.expect_passed()
