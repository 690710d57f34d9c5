# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the build itself."""

import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parent))
from buildtree import ARM64, SOURCE, X86, Tree, copy_tree  # noqa: E402


@pytest.fixture(scope="session")
def tree():
    """The tree under test. Its tests never write to it. What they build has been compiled before:
    the compiler's cache does."""
    return Tree(SOURCE, launcher=os.environ.get("LAUNCHER", ""))


@pytest.fixture(scope="session")
def built(tree, tmp_path_factory):
    """Output directories of both architectures in their default configuration, built once.
    Tests may look; who wants to build in them takes `borrow`."""
    root = tmp_path_factory.mktemp("built")
    return {board: tree.build(board, root / board) for board in (ARM64, X86)}


@pytest.fixture
def borrow(tree, built):
    """borrow(board): its finished build, to configure and build in; put right afterwards."""
    borrowed = []

    def take(board):
        borrowed.append(board)
        return built[board]

    yield take
    for board in borrowed:
        tree.build(board, built[board], "BOARD_ROOT=", "TEST_DIR=", "EXTRA_CONF_FILE=")


@pytest.fixture(scope="session")
def copied(tmp_path_factory):
    """A copy of the tree that tests may change, built for arm64 on a machine whose own headers are
    poison."""
    root = tmp_path_factory.mktemp("copied")
    source = copy_tree(root / "tree")
    poison = root / "poison"
    (poison / "bulkhead/lib").mkdir(parents=True)
    for name in ("bulkhead/lib/types.h", "stdint.h", "libfdt.h"):
        (poison / name).write_text("#error header of the host\n")
    source.out = source.build(ARM64, root / "out", env={"CPATH": str(poison)})
    return source
