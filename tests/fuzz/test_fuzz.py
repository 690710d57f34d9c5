# SPDX-License-Identifier: Apache-2.0
"""The libFuzzer targets, from the committed corpus on."""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TARGETS = sorted(p.stem.removeprefix("fuzz_") for p in HERE.glob("fuzz_*.c"))
NOT_FOR_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "O", "TESTS", "CC", "V")


@pytest.mark.req("BH-FUZZ-001")
@pytest.mark.parametrize("target", TARGETS)
def test_hostile_input_finds_nothing(target, scope, request):
    env = {k: v for k, v in os.environ.items() if k not in NOT_FOR_MAKE}
    r = subprocess.run(["make", "-j2", "-C", str(HERE), f"TARGETS={target}",
                        f"OUTPUT={request.config.bulkhead_out}/fuzz",
                        f"RUNS={scope.count(20000, 1000000)}"],
                       capture_output=True, text=True, env=env)
    print(r.stdout[-200:])
    assert r.returncode == 0, "\n" + r.stdout[-8000:] + r.stderr[-2000:]


@pytest.mark.req("BH-FUZZ-001")
@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_is_committed(target):
    assert any((HERE / "corpus" / target).iterdir())
