# SPDX-License-Identifier: Apache-2.0
"""What changes of page tables cost, in instructions: design.md, law 7, and docs/benchmarks.md."""

import bench
import pytest

CHANGES = {"map_4k", "map_2m", "unmap_4k", "protect_4k", "split_2m", "merge_2m"}


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-001")
def test_changes_are_measured(board):
    board.start(cpus=1)
    board.expect_passed()
    assert CHANGES <= {f.metric for f in bench.read(board.name, board.console)}
