# SPDX-License-Identifier: Apache-2.0
"""The interrupt controller that an arm64 partition sees. The guest judges."""

import pytest


@pytest.mark.req("BH-VGIC-001", "BH-VGIC-002")
def test_vgic(board):
    board.start(timeout=120)
    board.expect(r"result: \w+")
    board.expect_passed()
