# SPDX-License-Identifier: Apache-2.0
"""The list of bad images on the board; tests/unit/fit runs it on the host, with every byte flipped."""

import re

import pytest

CASES = 56


@pytest.mark.req("BH-IMAGE-010")
def test_bad_images_are_refused(board, scope):
    board.configure(f"CONFIG_FIT_FLIP_STRIDE={scope.count(47, 1)}")
    board.start(timeout=900)
    board.expect_passed()
    assert re.search(r"fit: (\d+) cases", board.console)[1] == str(CASES)
    assert re.findall(r"check: .*: (\w+)", board.console) == ["yes"] * 4
