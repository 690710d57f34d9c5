# SPDX-License-Identifier: Apache-2.0
"""A quota is never exceeded: tables of a stage 2, stretches of a region's overlay."""

import pytest

from proofs import prove_file, prove_seeded

# proof that must fail, text of the file, what it becomes
SEEDS = {
    "tables": ("tables_of_stage_2", "if (s2->charged + finest > s2->pool.frames - root)",
               "if (finest > s2->pool.frames - root)"),
    "overlay": ("overlay_of_a_region", "+ e.count > r->overlay_max)",
                "+ e.count > r->overlay_max + 1U)"),
}


@pytest.mark.req("BH-PROOF-002")
@pytest.mark.parametrize("proof", ["tables_of_stage_2", "overlay_of_a_region"])
def test_no_quota_is_exceeded(proof):
    holds, failed = prove_file(proof)
    assert holds and not failed, "\n".join(failed)


@pytest.mark.req("BH-PROOF-002")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_seeded_bug_is_found(seed, tmp_path):
    holds, failed = prove_seeded(*SEEDS[seed], tmp_path)
    assert not holds
    assert any(" quota: " in line for line in failed), "\n".join(failed)
