# SPDX-License-Identifier: Apache-2.0
"""docs/porting.md is followed word by word, for a board outside the tree."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent.parent
PAGE = SOURCE / "docs" / "porting.md"

# What make test set for its own board must not reach the commands of the page.
NOT_FOR_PAGE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "O", "BOARD", "BOARD_ROOT", "TESTS", "SCOPE",
                "COVERAGE")


def commands():
    """The blocks of the page that a shell runs."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def copy_tree(to):
    """The sources as they are now: what happens to them elsewhere meanwhile is no matter."""
    shutil.copytree(SOURCE, to, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))


def tree_state(tree):
    """Every file with its content."""
    return {str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*") if p.is_file()}


@pytest.mark.req("BH-PORT-001")
def test_the_page_makes_a_board_that_boots_and_passes(tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in NOT_FOR_PAGE}
    tree = tmp_path / "bulkhead"
    copy_tree(tree)
    env.update(BULKHEAD=str(tree), INSTALL="no")
    before = tree_state(tree)
    said = []
    for block in commands():
        done = subprocess.run(["sh", "-euc", block], cwd=tmp_path, env=env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=600, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}"
        said.append(done.stdout)
    text = "\n".join(said)
    assert "acme_gateway/gicv2" in text  # listed with its variants
    assert 'acme_gateway: "demo: done" after' in text  # of the board it was made from
    assert "1 passed" in text
    assert tree_state(tree) == before, "porting a board changed the tree"


@pytest.mark.req("BH-PORT-001")
def test_no_file_outside_its_folder_names_a_board():
    """Build and scripts know boards by their folders only. Tests and pages may name them, and
    the default board has to be named once."""
    names = [p.name for p in SOURCE.glob("boards/*/*") if p.is_dir()]
    for folder in ("arch", "core", "drivers", "include", "lib", "scripts", "configs"):
        for path in (SOURCE / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".S", ".mk", ".py", ".conf") and path.is_file():
                text = path.read_text(errors="replace")
                found = [n for n in names if n in text and n != "qemu_virt_arm64"]
                assert found == [], path
