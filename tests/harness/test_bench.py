# SPDX-License-Identifier: Apache-2.0
"""How figures become rows: the second of a metric is of a build without protections."""

import bench
import pytest

METRICS = {"trip": {"unit": "instructions", "of": "max", "boards": {"*": {"target": 10, "peer": 20}}}}


def figure(board, most):
    return bench.Figure(board, "trip", "instructions", 3, 1, 2, most)


@pytest.mark.req("BH-BENCH-006")
def test_a_row_without_protections_stands_behind_its_own_and_has_no_target():
    rows, verdicts = bench.judged([bench.unguarded(figure("a", 9)), figure("b", 11), figure("a", 10)], METRICS)
    assert [(r["board"], r["metric"], r["max"], r["target"], r["peer"]) for r in rows] == [
        ("a", "trip", 10, 10, 20), ("a", "trip (without protections)", 9, None, None),
        ("b", "trip", 11, 10, 20)]
    assert verdicts == ["holds", "", "misses"]


@pytest.mark.req("BH-BENCH-006")
def test_an_unknown_metric_is_refused():
    with pytest.raises(bench.BenchError, match="metric trip in bytes"):
        bench.judged([bench.Figure("a", "trip", "bytes", 1, 1, 1, 1)], METRICS)
