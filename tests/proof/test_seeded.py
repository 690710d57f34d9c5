# SPDX-License-Identifier: Apache-2.0
"""The proofs about the page-table engine find a seeded bug of each property."""

import pytest

from proofs import ENGINE, prove

# property: proof that must fail, text of the engine, what it becomes
SEEDS = {
    "outside": ("protect_part_of_a_large_leaf",
                "j->op == PT_SPLIT ? p.level > j->limit : size != size_of(f, p.level)",
                "j->op == PT_SPLIT ? p.level > j->limit : false"),
    "query": ("map_builds_tables", "return e | rights | type;", "return e | rights;"),
    "frames": ("map_builds_tables",
               "pool->head = entry_load(j->pt, pa) & ~pool->empty;", "pool->head = pa;"),
    "split": ("split", "as_leaf(j->pt->fmt, e, p.level - 1U)",
              "as_leaf(j->pt->fmt, e & ~j->pt->fmt->rights_field, p.level - 1U)"),
    "resume": ("split", "j->phase = j->next;", "j->phase = PHASE_PUT;"),
    "quota": ("map_builds_tables", "\treturn n;\n}\n\n/* The same for a split",
              "\treturn n != 0U ? n - 1U : n;\n}\n\n/* The same for a split"),
}


@pytest.mark.parametrize("prop", SEEDS)
def test_a_seeded_bug_is_found(prop, tmp_path):
    proof, good, bad = SEEDS[prop]
    text = ENGINE.read_text(encoding="utf-8")
    assert text.count(good) == 1, f"{ENGINE}: {good!r} is there {text.count(good)} times, expected once"
    engine = tmp_path / "pt.c"
    engine.write_text(text.replace(good, bad), encoding="utf-8")
    holds, failed = prove(proof, engine)
    assert not holds
    assert any(f" {prop}: " in line for line in failed), "\n".join(failed)
