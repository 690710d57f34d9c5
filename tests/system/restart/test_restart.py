# SPDX-License-Identifier: Apache-2.0
"""However often partitions restart, at once and each other, each start finds all that Bulkhead keeps
for them as the first did."""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CPUS = 4
STATE = re.compile(r"partition (one|two): start (\d+): state ([0-9a-f]{8}) of (\d+) units")


def image_x86(board, folder, lives):
    source = folder / "restart.dts"
    source.write_text((HERE / "restart_x86.dts").read_text().replace('"50"', f'"{lives}"'))
    board.guest(HERE / "soil_x86", folder)
    (folder / "soil.elf").symlink_to(folder / "soil_x86-x86.elf")
    return board.system_image(source, cpus=2)


def all_as_first(board, lives, units):
    """Of both partitions, once they have come to their ends."""
    assert "not as at" not in board.console
    for name in ("one", "two"):
        said = [m for m in STATE.findall(board.console) if m[0] == name]
        assert f"[{name}] guest: passed" in board.console
        assert len(said) >= lives and [int(n) for _, n, _, _ in said] == list(range(1, len(said) + 1))
        assert len({state for _, _, state, _ in said}) == 1 and {n for *_, n in said} == {str(units)}


def image(board, folder, lives):
    source = folder / "restart.dts"
    source.write_text((HERE / "restart.dts").read_text().replace('"50"', f'"{lives}"'))
    board.guest(HERE / "soil", folder)
    (folder / "soil.bin").symlink_to(folder / "soil-arm64.bin")
    return board.system_image(source, cpus=CPUS)


@pytest.mark.req("BH-PART-024")
@pytest.mark.config("default", "CONFIG_STATE_HASH=y")
def test_each_start_is_as_the_first(board, scope, tmp_path):
    lives = scope.count(50, 1000)
    board.start(initrd=image(board, tmp_path, lives), cpus=CPUS, icount="", accel="tcg,thread=multi",
                timeout=900)
    board.expect(r"every partition has come to its end", timeout=900)
    all_as_first(board, lives, 10)


@pytest.mark.req("BH-PART-024")
@pytest.mark.boards("qemu_q35_svm_vtd", "bochs_tigerlake")
@pytest.mark.config("default", "CONFIG_STATE_HASH=y")
def test_each_start_of_a_pc_is_as_the_first(board, scope, tmp_path):
    lives = scope.count(10, 100) if board.emulator == "bochs" else scope.count(50, 1000)
    seconds = 60 + lives
    board.start(initrd=image_x86(board, tmp_path, lives), cpus=2, timeout=seconds)
    board.expect(r"every partition has come to its end", timeout=seconds)
    all_as_first(board, lives, 9)
