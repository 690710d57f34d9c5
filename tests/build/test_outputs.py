# SPDX-License-Identifier: Apache-2.0
"""Where outputs go: O= anywhere, the source tree never written to, nothing removed but O."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from buildtree import ARM64, SOURCE, X86, Tree, copy_tree, let_others_in

IMAGES = {ARM64: ("bulkhead.elf", "bulkhead.bin"), X86: ("bulkhead.elf", "bulkhead.img")}
NOBODY = 65534


def files(root):
    return sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file())


def sources_of(out, library, source):
    """The folder with that source of a third-party library in a finished build."""
    text = (out / f"obj/third-party/{library}/{source}.d").read_text()
    return pathlib.Path(next(w for w in text.split() if w.endswith(f"/{source}.c"))).parent


@pytest.mark.req("BH-BUILD-001", "BH-BUILD-004")
def test_read_only_tree_builds_two_boards_at_once_into_the_same_bytes(tmp_path, built):
    source = copy_tree(tmp_path / "tree")
    libraries = [tmp_path / "libfdt", tmp_path / "mbedtls"]
    shutil.copytree(sources_of(built[ARM64], "libfdt", "fdt"), libraries[0])
    shutil.copytree(sources_of(built[ARM64], "mbedtls", "sha256").parent, libraries[1])
    for board in IMAGES:
        shutil.copytree(built[board] / "keys", tmp_path / f"keys-{board}")
    before = files(source.path)
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(source.path), *map(str, libraries),
                    *(str(tmp_path / f"keys-{board}") for board in IMAGES)], check=True)
    (tmp_path / "out").mkdir()
    identity = {}
    if os.getuid() == 0:  # root writes where nobody may
        let_others_in(tmp_path)
        os.chown(tmp_path / "out", NOBODY, NOBODY)
        identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    env = {"HOME": str(tmp_path / "out"), "CACHE": str(tmp_path / "out/cache"), "SOURCE_DATE_EPOCH": "1"}
    running = {board: source.start(f"BOARD={board}", f"O=../out/{board}", f"LIBFDT_DIR={libraries[0]}",
                                   f"MBEDTLS_DIR={libraries[1]}", f"KEYS={tmp_path}/keys-{board}", "defconfig", "all", env=env, **identity) for board in (ARM64, X86)}
    for board, process in running.items():
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
    assert files(source.path) == before
    for board, images in IMAGES.items():
        for image in images:
            assert (tmp_path / "out" / board / image).read_bytes() == (built[board] / image).read_bytes()


@pytest.mark.req("BH-BUILD-001")
def test_git_ignores_the_default_output():
    assert "/build/" in (SOURCE / ".gitignore").read_text().splitlines()


@pytest.mark.req("BH-BUILD-002")
@pytest.mark.parametrize("where", ["absolute", "relative"])
def test_makefile_may_be_called_from_anywhere(tree, tmp_path, where):
    out = tmp_path / "out" if where == "absolute" else "sub/out"
    tree.make("-f", tree.path / "Makefile", f"BOARD={ARM64}", f"O={out}", "defconfig", cwd=tmp_path)
    assert (tmp_path / ("out" if where == "absolute" else "sub/out") / ".config").exists()


@pytest.mark.req("BH-BUILD-002")
def test_unit_tests_build_from_any_folder_with_a_relative_output(tree, tmp_path):
    (tmp_path / "cwd").mkdir()
    tree.make("-f", tree.path / "tests/unit/Makefile", "OUTPUT=rel/unit", "TESTS=lib", cwd=tmp_path / "cwd")
    assert list((tmp_path / "cwd/rel/unit").rglob("*.o"))


@pytest.mark.req("BH-BUILD-002")
def test_leaf_folder_builds_alone(tree, tmp_path):
    tree.make("OUTPUT=" + str(tmp_path / "unit"), "TESTS=lib", cwd=tree.path / "tests/unit")
    assert list((tmp_path / "unit").rglob("*.o"))


@pytest.mark.req("BH-BUILD-002")
def test_top_level_runs_chosen_tests_into_its_output(tree, tmp_path):
    tree.make("test", f"O={tmp_path}/out", "TESTS=help_names_the_commands")
    assert "<testcase" in (tmp_path / "out/tests.xml").read_text()


@pytest.mark.req("BH-BUILD-003")
def test_headers_come_from_the_tree_and_the_compiler_only(copied):
    for depfile in copied.out.rglob("*.d"):
        for name in depfile.read_text().split():
            assert not name.startswith("/usr/include") and "/poison/" not in name, depfile


@pytest.mark.req("BH-BUILD-005")
@pytest.mark.parametrize("words, culprit", [
    (["O=/tmp/with space"], "with space"),
    (["O=/"], "O=/ "),
    ([f"O={SOURCE}"], "holds the source tree"),
    (["O=/proc/x", "BOARD=bochs_ryzen", "defconfig"], "O=/proc/x cannot be made"),
])
def test_unusable_output_is_refused_in_one_line(tree, words, culprit):
    lines = [line for line in tree.make(*words, status=2).splitlines() if "Error 2" not in line]
    assert len(lines) == 1 and culprit in lines[0], lines


@pytest.mark.req("BH-BUILD-005")
def test_tree_in_a_path_with_a_space_is_refused_in_one_line(tmp_path):
    folder = tmp_path / "a tree"
    folder.mkdir()
    shutil.copy(SOURCE / "Makefile", folder)
    output = Tree(folder).make("help", status=2)
    assert "a tree" in output and "space" in output and output.count("Stop.") == 1


@pytest.mark.req("BH-BUILD-006")
def test_clean_removes_only_the_output(tree, tmp_path):
    tree.make(f"BOARD={ARM64}", f"O={tmp_path}/x", "defconfig")
    (tmp_path / "beside").write_text("mine")
    tree.make(f"O={tmp_path}/x", "clean")
    assert [p.name for p in tmp_path.iterdir()] == ["beside"]


@pytest.mark.req("BH-BUILD-006")
def test_clean_refuses_a_folder_that_was_not_built_in(tree, tmp_path):
    (tmp_path / "mine").write_text("mine")
    output = tree.make(f"O={tmp_path}", "clean", status=2)
    assert "not removed" in output and (tmp_path / "mine").exists()


@pytest.mark.req("BH-BUILD-007")
def test_size_reports_every_byte_of_text(tree, built):
    tree.make(f"O={built[ARM64]}", "size")
    report = json.loads((built[ARM64] / "size.json").read_text())
    assert report["total"]["text"] == sum(f["text"] for f in report["folders"].values()) > 4096
    assert report["files"]["bulkhead.bin"] == (built[ARM64] / "bulkhead.bin").stat().st_size


@pytest.mark.req("BH-BUILD-007")
def test_compilation_database_names_every_file_once(tree, built):
    tree.make(f"O={built[X86]}", "compile_commands.json")
    entries = json.loads((built[X86] / "compile_commands.json").read_text())
    names = [e["file"] for e in entries]
    assert len(names) == len(set(names)) and str(SOURCE / "core/main.c") in names
    assert all(pathlib.Path(n).is_file() for n in names)
