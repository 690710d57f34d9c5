# SPDX-License-Identifier: Apache-2.0
"""What an arm64 guest sees of faults, traps and its own registers. The program judges itself."""

import pytest


@pytest.mark.req("BH-ARM64-001", "BH-ARM64-002", "BH-ARM64-003")
def test_guest_arm64(board):
    board.start()
    board.expect(r"result: passed")
    board.expect_passed()
