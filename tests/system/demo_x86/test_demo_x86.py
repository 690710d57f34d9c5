# SPDX-License-Identifier: Apache-2.0
"""The demo of PCs as `make run` boots it, and its Linux ending by itself: nobody can type there."""

import pathlib
import re

import pytest
import yaml

DEMO = pathlib.Path(__file__).resolve().parents[3] / "systems/demo_x86/demo_x86.dts"
BAD = re.compile(r"WARNING|BUG|Oops|unchecked MSR|Call Trace|ACPI (Error|Warning|BIOS)|\[Firmware Bug\]")


def start(board, tmp_path, argument):
    """The demo with one more argument of its Linux, made by the demo's own Makefile."""
    source = tmp_path / DEMO.name
    source.write_text(DEMO.read_text().replace("console=ttyS0", f"console=ttyS0 {argument}"))
    (tmp_path / "Makefile").write_text(f"include {DEMO.parent}/Makefile\n")
    wanted = yaml.safe_load(DEMO.with_suffix(".yaml").read_text())["parameters"]
    board.start(initrd=board.system_image(source, cpus=wanted["cpus"]), timeout=300, **wanted)
    board.expect(r"demo: done", timeout=240)


@pytest.mark.req("BH-PC-002")
def test_linux_beside_another_guest(board, tmp_path):
    start(board, tmp_path, "demo=off")
    board.expect(r"partition linux: off", timeout=60)
    # It looks once a second: before or after.
    if "[rt] rt: received: hello from Linux, 2 of 2" not in board.console:
        board.expect(r"\[rt\] rt: received: hello from Linux, 2 of 2", timeout=60)
    assert re.search(r"\[linux\] demo: Linux 6\.\d+\.\S+ is up on 2 CPUs", board.console)
    assert len(re.findall(r"\[linux\] demo: Linux received: second \d+", board.console)) == 2
    assert len(re.findall(r"partition rt: runs", board.console)) == 1
    lines = [line for line in board.console.splitlines() if "[linux]" in line]
    assert not [line for line in lines if BAD.search(line)]


@pytest.mark.req("BH-PC-002")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_linux_reboots(board, tmp_path):
    start(board, tmp_path, "demo=again")
    board.expect(r"partition linux: runs again", timeout=60)
    board.expect(r"demo: done", timeout=240)
