# SPDX-License-Identifier: Apache-2.0
"""The interrupt controllers that an x86 partition sees. The guest judges."""

import pytest


@pytest.mark.req("BH-VAPIC-001", "BH-VAPIC-002")
def test_vapic(board):
    board.start(timeout=120)
    board.expect(r"result: \w+")
    board.expect_passed()
