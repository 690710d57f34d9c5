# SPDX-License-Identifier: Apache-2.0
"""The guest library stands on its own: its smallest guest runs bare on each kind of board."""

import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def build_guest(out, arch, *variables):
    """Files of the guest `hello`: (image the board boots, ELF file with debug information)."""
    subprocess.run(["make", "-s", "-C", HERE, f"ARCH={arch}", f"OUTPUT={out}", *variables],
                   check=True, timeout=120)
    elf = out / f"hello-{arch}.elf"
    return (out / "hello-arm64.bin" if arch == "arm64" else elf), elf


@pytest.mark.req("BH-TEST-003")
@pytest.mark.boards("qemu_virt_arm64", "qemu_virt_arm64/gicv2", "qemu_virt_arm64/max",
                    "qemu_q35_svm_vtd")
@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
def test_hello_runs_bare(board, tmp_path, compiler):
    image, _ = build_guest(tmp_path, board.arch, "BARE=y", f"CC={compiler}")
    board.start(kernel=image)
    board.expect(r"hello: console\n")
    board.expect(r"hello: exception, vector \d+\n")
    board.expect(r"guest: passed\n")
    board.expect_passed()


@pytest.mark.req("BH-TEST-003")
@pytest.mark.parametrize("arch", ["arm64", "x86"])
def test_output_of_a_leaf_make(tmp_path, arch):
    """A relative OUTPUT= is taken from where make was called, and nothing else is written."""
    before = sorted(p for p in HERE.rglob("*"))
    subprocess.run(["make", "-s", "-f", HERE / "Makefile", f"ARCH={arch}", "OUTPUT=out/here"],
                   check=True, timeout=120, cwd=tmp_path)
    assert (tmp_path / "out" / "here" / f"hello-{arch}.elf").is_file()
    assert sorted(p for p in HERE.rglob("*")) == before
