# SPDX-License-Identifier: Apache-2.0
"""What every board that is simulated must do, whoever made it."""

import re

import pytest

pytestmark = pytest.mark.boards("default")


@pytest.mark.req("BH-PORT-001")
def test_boots_and_names_what_it_is(board):
    board.boot()
    for what in ("machine: ", "cpus: ", "memory: ", "irqchip: ", "protections in force: "):
        assert re.search(rf"info +{what}", board.console), what
    assert re.search(r"(\d+) of \1 CPUs up", board.console)
