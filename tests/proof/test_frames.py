# SPDX-License-Identifier: Apache-2.0
"""No frame serves twice: proved of every request and of the list made at boot."""

import pytest

from proofs import prove_file, prove_seeded

# proof that must fail, text of the allocator, what it becomes
SEEDS = {
    "front": ("frames_are_taken", "r->base = HPA(base + size);", "r->base = HPA(base);"),
    "middle": ("frames_are_claimed", "list_insert(at + 1U, base + size, after);",
               "list_insert(at + 1U, base, after + size);"),
    "boot": ("frames_at_boot", "if (lo < *from && hi > base) {", "if (lo < *from && lo > base) {"),
}


@pytest.mark.req("BH-PROOF-001")
@pytest.mark.parametrize("proof", ["frames_are_taken", "frames_are_claimed", "frames_at_boot"])
def test_no_frame_serves_twice(proof):
    holds, failed = prove_file(proof)
    assert holds and not failed, "\n".join(failed)


@pytest.mark.req("BH-PROOF-001")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_seeded_bug_is_found(seed, tmp_path):
    holds, failed = prove_seeded(*SEEDS[seed], tmp_path)
    assert not holds
    assert any(" frames: " in line for line in failed), "\n".join(failed)
