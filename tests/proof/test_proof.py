# SPDX-License-Identifier: Apache-2.0
"""Proofs about the page-table engine, and one seeded bug for each property that they must find."""

import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / "lib" / "pt.c"
TIMEOUT_S = 900

# name: operation, first page, pages, lower tables there (bits 1, 2), breaks, most steps
PROOFS = {
    "map_builds_tables": ("PT_MAP", 1, 2, 1, 0, 7),
    "unmap_across_tables": ("PT_UNMAP", 1, 2, 7, 0, 12),
    "unmap_part_of_a_large_leaf": ("PT_UNMAP", 1, 1, 1, 1, 7),
    "protect_part_of_a_large_leaf": ("PT_PROTECT", 1, 1, 1, 1, 6),
    "split": ("PT_SPLIT", 0, 2, 1, 1, 8),
    "merge": ("PT_MERGE", 0, 2, 3, 1, 9),
}

# property: proof that must fail, text of the engine, what it becomes
SEEDS = {
    "outside": ("protect_part_of_a_large_leaf",
                "j->op == PT_SPLIT ? level > j->limit : !whole",
                "j->op == PT_SPLIT ? level > j->limit : (void)whole, false"),
    "query": ("map_builds_tables", "return e | rights | type;", "return e | rights;"),
    "frames": ("map_builds_tables",
               "pool->head = entry_load(j->pt, pa) & ~pool->empty;", "pool->head = pa;"),
    "split": ("split", "as_leaf(f, e, level - 1U)", "as_leaf(f, e & ~f->rights_field, level - 1U)"),
    "resume": ("split", "j->phase = j->next;", "j->phase = PHASE_PUT;"),
    "quota": ("map_builds_tables", "\treturn n;\n}\n\nu64 pt_tables_needed",
              "\treturn n != 0U ? n - 1U : n;\n}\n\nu64 pt_tables_needed"),
}


def prove(proof, engine):
    """(status, [description of each failed assertion])"""
    if not shutil.which("cbmc"):
        pytest.fail("no cbmc in PATH: scripts/install.sh test puts it into the cache")
    names = ("OP", "FIRST", "COUNT", "TREE", "BREAKS", "STEPS")
    argv = ["make", "-s", "-C", str(HERE), f"PT={engine}"]
    argv += [f"{k}={v}" for k, v in zip(names, PROOFS[proof])]
    r = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S)
    failed = [line for line in r.stdout.splitlines() if line.endswith(": FAILURE")]
    if "VERIFICATION" not in r.stdout:
        pytest.fail(f"{' '.join(argv)} came to no result:\n{r.stdout[-2000:]}{r.stderr[-2000:]}")
    return "VERIFICATION SUCCESSFUL" in r.stdout, failed


@pytest.mark.parametrize("proof", PROOFS)
def test_the_engine_is_proved(proof):
    holds, failed = prove(proof, ENGINE)
    assert holds and not failed, "\n".join(failed)


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
