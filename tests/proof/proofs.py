# SPDX-License-Identifier: Apache-2.0
"""The proofs about the page-table engine and about files of the core, and how one is run."""

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


def run(words):
    """(status, [description of each failed assertion])"""
    if not shutil.which("cbmc"):
        pytest.fail("no cbmc in PATH: scripts/install.sh test puts it into the cache")
    argv = ["make", "-s", "-C", str(HERE), *words]
    r = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S)
    failed = [line for line in r.stdout.splitlines() if line.endswith(": FAILURE")]
    if "VERIFICATION" not in r.stdout:
        pytest.fail(f"{' '.join(argv)} came to no result:\n{r.stdout[-2000:]}{r.stderr[-2000:]}")
    return "VERIFICATION SUCCESSFUL" in r.stdout, failed


def prove(proof, engine):
    names = ("OP", "FIRST", "COUNT", "TREE", "BREAKS", "STEPS")
    return run([f"PT={engine}", *(f"{k}={v}" for k, v in zip(names, PROOFS[proof]))])


TOP = HERE.parent.parent

# Files of the core: name: (harness, file, DEFINES, LOOPS)
FILES = {
    "frames_are_taken": ("frame", "core/mem/frame.c", "-DPART=ALLOC", ""),
    "frames_are_claimed": ("frame", "core/mem/frame.c", "-DPART=CLAIM", ""),
    "frames_at_boot": ("frame", "core/mem/frame.c", "-DPART=BOOT", ""),
    "overlay_of_a_region": ("region", "core/mem/region.c", "", "check_pages.0:6"),
    "free_ram_of_a_manifest": ("manifest", "core/svc/manifest_memory.c", f"-I{TOP}/core/svc", ""),
    "tables_of_stage_2": ("s2", "core/mem/s2.c", "", ""),
}


def prove_file(proof, path=None):
    """The same for a file of the core, or a copy of it at @path."""
    harness, file, defines, loops = FILES[proof]
    return run([f"PROOF={harness}", f"FILE={path or TOP / file}", f"DEFINES={defines}",
                f"LOOPS={loops}", "file"])


def prove_seeded(proof, good, bad, folder):
    """The same, of a copy in which the text @good, which is there once, became @bad."""
    source = TOP / FILES[proof][1]
    text = source.read_text(encoding="utf-8")
    assert text.count(good) == 1, f"{source}: {good!r}: {text.count(good)} times, expected once"
    copy = folder / source.name
    copy.write_text(text.replace(good, bad), encoding="utf-8")
    return prove_file(proof, copy)
