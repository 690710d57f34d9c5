# SPDX-License-Identifier: Apache-2.0
"""The life of a partition, from a configuration in the program. The program judges itself."""

import re

import pytest


@pytest.mark.req("BH-PART-001", "BH-PART-002", "BH-PART-003")
def test_one_restarts_and_the_other_notices_nothing(board, scope):
    """Restarted while it works, stopped, started, failing until its budget is used up."""
    if board.parameters.get("kernel"):
        restarts = scope.count(50, 1000)
        # Counting instructions, or on one thread, the emulator would run one CPU at a time.
        board.start(cmdline=f"restarts={restarts}", icount="", accel="tcg,thread=multi", timeout=300)
    else:
        restarts = scope.count(10, 100)
        board.start(disk=board.with_text("@partition-argument@", f"restarts={restarts}"), timeout=300)
    board.expect(r"result: \w+", timeout=300)
    board.expect_passed()
    assert len(re.findall(r"partition tried: runs", board.console)) == restarts + 3
    assert len(re.findall(r"partition other: runs", board.console)) == 1
