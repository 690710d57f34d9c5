# SPDX-License-Identifier: Apache-2.0
"""The verifier of system images keeps its bounds, and each proof finds a seeded bug."""

import pathlib
import re
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
FIT = HERE.parent.parent / "core/svc/fit.c"
TIMEOUT_S = 600

# proof and the property it is about: text of the verifier, what it becomes
SEEDS = {
    "size": ("if (total > available) {", "if (total > available + 1U) {"),
    "place": ("!range_inside(p->offset, p->size, 0, fit_size)", "p->offset + p->size > fit_size"),
    "lists": ("list->count == FIT_NODES_MAX", "list->count > FIT_NODES_MAX"),
    "depth": ("w->depth + 1 >= (int)FIT_DEPTH_MAX", "w->depth >= (int)FIT_DEPTH_MAX"),
    "walk": ("strings > fdt_size_dt_strings(tree->fdt)", "strings > fdt_size_dt_strings(tree->fdt) + 1U"),
}


def prove(proof, source, more=""):
    """(status, what cbmc said)"""
    if not shutil.which("cbmc"):
        pytest.fail("no cbmc in PATH: scripts/install.sh test puts it into the cache")
    argv = ["make", "-s", "-C", str(HERE), "fit", f"PROOF={proof}", f"FIT={source}",
            f"MORE={more}"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if "VERIFICATION" not in done.stdout:
        pytest.fail(f"{' '.join(argv)} came to no result:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return "VERIFICATION SUCCESSFUL" in done.stdout, done.stdout


@pytest.mark.req("BH-IMAGE-011")
@pytest.mark.parametrize("proof", SEEDS)
def test_the_verifier_is_proved(proof):
    holds, said = prove(proof, FIT)
    assert holds, "\n".join(line for line in said.splitlines() if line.endswith(": FAILURE"))


@pytest.mark.req("BH-IMAGE-011")
@pytest.mark.parametrize("proof", SEEDS)
def test_a_seeded_bug_of_the_verifier_is_found(proof, tmp_path):
    good, bad = SEEDS[proof]
    text = FIT.read_text(encoding="utf-8")
    assert text.count(good) == 1, f"{FIT}: {good!r} is there {text.count(good)} times, expected once"
    seeded = tmp_path / "fit.c"
    seeded.write_text(text.replace(good, bad), encoding="utf-8")
    holds, said = prove(proof, seeded, "--stop-on-fail")
    assert not holds
    assert re.search(rf"^Violated property:\n.*\n +(array[ .]|{proof}: )", said, re.M), said[-2000:]
