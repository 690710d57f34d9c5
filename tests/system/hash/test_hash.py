# SPDX-License-Identifier: Apache-2.0
"""SHA-256 by the CPU's own instructions and in C: the same values, and nothing borrowed is lost."""

import re

import bench
import pytest

# Instructions a byte, and what computes, with what the CPU has by default.
LIMIT = 2.2
WAY = {"arm64": "ARMv8 SHA256", "x86": "SHA-NI with AVX"}


def run(board, way, **parameters):
    board.start(**parameters)
    board.expect_passed()
    assert re.search(r"hash: (.*)$", board.console.replace("\r", ""), re.M)[1] == way
    found = re.findall(r"check: .*: (\w+)", board.console)
    assert found == ["yes"] * 4
    return {f.metric: f.avg for f in bench.read(board.name, board.console)}


@pytest.mark.bench
@pytest.mark.req("BH-IMAGE-005", "BH-IMAGE-006")
def test_the_cpu_hashes(board):
    figures = run(board, WAY[board.arch])
    assert figures["hash_byte"] <= LIMIT
    assert figures["hash_step"] <= 1000


@pytest.mark.req("BH-IMAGE-005", "BH-IMAGE-006")
@pytest.mark.boards("qemu_q35_svm_vtd")
@pytest.mark.parametrize("lacks, way", [("-avx", "SHA-NI"), ("-sha-ni", "C")])
def test_what_the_cpu_lacks_is_not_used(board, lacks, way):
    figures = run(board, way, cpu=f"{board.parameters['cpu']},{lacks}")
    assert figures["hash_step"] <= 1000


@pytest.mark.req("BH-IMAGE-005", "BH-IMAGE-006")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.config("default", "CONFIG_SHA256_CPU=n")
def test_c_hashes(board):
    assert run(board, "C")["hash_step"] <= 1000
