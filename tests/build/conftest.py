# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the build itself."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from buildtree import ARM64, SOURCE, X86, Tree, copy_tree  # noqa: E402


@pytest.fixture(scope="session")
def tree():
    """The tree under test. Its tests never write to it."""
    return Tree(SOURCE)


@pytest.fixture
def tree_copy(tmp_path):
    """A copy that a test may change."""
    return copy_tree(tmp_path / "tree")


@pytest.fixture(scope="session")
def built(tree, tmp_path_factory):
    """Output directories of both architectures in their default configuration, built once.
    Tests that build in them leave them as they found them."""
    root = tmp_path_factory.mktemp("built")
    return {board: tree.build(board, root / board) for board in (ARM64, X86)}
