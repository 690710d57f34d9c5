# SPDX-License-Identifier: Apache-2.0
"""RAM that a manifest takes was free and is taken once: proved of every claim in two free ranges."""

import pytest

from proofs import prove_file, prove_seeded

PROOF = "free_ram_of_a_manifest"


@pytest.mark.req("BH-MANIFEST-002")
def test_what_is_claimed_was_free_and_the_rest_stays():
    holds, failed = prove_file(PROOF)
    assert holds and not failed, "\n".join(failed)


@pytest.mark.req("BH-MANIFEST-002")
def test_a_seeded_bug_is_found(tmp_path):
    holds, failed = prove_seeded(PROOF, "r->size = base - r->base.v;", "r->size = base;", tmp_path)
    assert not holds and failed
