# SPDX-License-Identifier: Apache-2.0
"""The proofs about the page-table engine, and how one is run."""

import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / "lib" / "pt.c"
TIMEOUT_S = 900

# name: operation, first page, pages, lower tables there (bits 1, 2), breaks, most steps
PROOFS = {
    "map_builds_tables": ("PT_MAP", 1, 2, 1, 0, 6),
    "unmap_across_tables": ("PT_UNMAP", 1, 2, 7, 0, 9),
    "unmap_part_of_a_large_leaf": ("PT_UNMAP", 1, 1, 1, 1, 6),
    "protect_part_of_a_large_leaf": ("PT_PROTECT", 1, 1, 1, 1, 5),
    "split": ("PT_SPLIT", 0, 2, 1, 1, 3),
    "merge": ("PT_MERGE", 0, 2, 3, 1, 7),
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
