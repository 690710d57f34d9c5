# SPDX-License-Identifier: Apache-2.0
"""Two small guests beside each other on every x86 board, by each way a payload starts."""

import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
END = r"every partition has come to its end"


@pytest.mark.req("BH-PC-001")
def test_real_mode_and_multiboot(board):
    board.start(initrd=board.system_image(HERE / "old.dts"))
    board.expect(END)
    for line in ("[real] real: CR0.PE is 0",
                 "[multiboot] multiboot: command line: multiboot one two",
                 "[multiboot] multiboot: module of multiboot: a module",
                 "partition real: off", "partition multiboot: off"):
        assert line in board.console


@pytest.mark.req("BH-PC-001")
def test_pvh_and_flat(board):
    board.start(initrd=board.system_image(HERE / "new.dts"))
    board.expect(END)
    for name in ("pvh", "flat"):
        assert f"[{name}] guest: passed" in board.console
        assert f"partition {name}: off" in board.console
