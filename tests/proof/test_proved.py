# SPDX-License-Identifier: Apache-2.0
"""The page-table engine keeps its properties."""

import pytest

from proofs import ENGINE, PROOFS, prove


@pytest.mark.parametrize("proof", PROOFS)
def test_the_engine_is_proved(proof):
    holds, failed = prove(proof, ENGINE)
    assert holds and not failed, "\n".join(failed)
