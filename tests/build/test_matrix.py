# SPDX-License-Identifier: Apache-2.0
"""Every board in every configuration with every compiler builds without a warning."""

import os
import shutil

import pytest
import yaml
from buildtree import SOURCE

BOARDS = sorted(p.parent.name for p in SOURCE.glob("boards/*/*/board.yml"))
CONFIGURATIONS = ("minimal", "default", "debug", "safety")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """One output directory for each pair of architecture and compiler: what two configurations
    have in common is compiled once. SCOPE=full starts each build from nothing."""
    root = tmp_path_factory.mktemp("matrix")
    return lambda arch, compiler: root / f"{arch}-{compiler}"


def arch_of(board):
    (file,) = SOURCE.glob(f"boards/*/{board}/board.yml")
    return yaml.safe_load(file.read_text())["board"]["arch"]


@pytest.mark.req("BH-BUILD-013")
@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
@pytest.mark.parametrize("board_name", BOARDS)
@pytest.mark.parametrize("conf", CONFIGURATIONS)
def test_builds_without_a_warning(tree, outputs, scope, board_name, conf, compiler):
    out = outputs(arch_of(board_name), compiler)
    if scope.full:
        shutil.rmtree(out, ignore_errors=True)
    output = tree.make("-j2", f"BOARD={board_name}", f"CONF={conf}", f"CC={compiler}", f"O={out}",
                       f"LAUNCHER={'' if scope.full else os.environ['LAUNCHER']}", "defconfig", "all")
    assert "warning" not in output
    assert (out / ("bulkhead.bin" if arch_of(board_name) == "arm64" else "bulkhead.img")).exists()
