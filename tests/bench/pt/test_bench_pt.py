# SPDX-License-Identifier: Apache-2.0
"""What changes of page tables cost, in instructions: design.md, law 7, and docs/benchmarks.md."""

import bench
import pytest

METRICS = {"map_4k", "map_2m", "unmap_4k", "protect_4k", "split_2m", "merge_2m", "pt_step"}
STEP_MAX = 1000
SPLIT_MAX = 1300  # a table of 512 entries


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-001", "BH-PT-001")
def test_changes_are_measured_and_no_step_is_long(board):
    board.start(cpus=1)
    board.expect(r"longest step: (\d+) instructions, step \d+ of a \w+ of .*\n")
    board.expect_passed()
    figures = {f.metric: f for f in bench.read(board.name, board.console)}
    assert METRICS <= set(figures)
    assert figures["pt_step"].n > 10_000
    assert figures["pt_step"].max <= STEP_MAX
    assert figures["split_2m"].max <= SPLIT_MAX
