# SPDX-License-Identifier: Apache-2.0
"""What the list of free memory costs does not depend on how much memory there is."""

import re

import pytest

STEP = re.compile(r"(?:: |, )own address space (\d+)")
FREE = re.compile(r"memory: (\d+) MiB free")
# The lines in between are longer by a digit or two, and the console prints them.
TOLERANCE = 200


def step(board, memory):
    board.boot(memory=memory)
    free = int(FREE.search(board.console)[1])
    assert memory - 64 < free < memory
    return int(STEP.search(board.console)[1])


@pytest.mark.req("BH-MEM-001")
@pytest.mark.boards("qemu_virt_arm64")
def test_boot_costs_the_same_with_2_and_with_8_gib(board):
    small = step(board, 2048)
    large = step(board, 8192)
    assert abs(large - small) <= TOLERANCE, f"2 GiB: {small} ticks, 8 GiB: {large} ticks"
