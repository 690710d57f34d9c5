# SPDX-License-Identifier: Apache-2.0
"""However often partitions restart, at once and each other, each start finds all that Bulkhead keeps
for them as the first did."""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CPUS = 4
STATE = re.compile(r"partition (one|two): start (\d+): state ([0-9a-f]{8}) of (\d+) units")


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
    assert "not as at" not in board.console
    for name in ("one", "two"):
        said = [m for m in STATE.findall(board.console) if m[0] == name]
        assert f"[{name}] guest: passed" in board.console
        assert len(said) >= lives and [int(n) for _, n, _, _ in said] == list(range(1, len(said) + 1))
        assert len({state for _, _, state, _ in said}) == 1 and {n for *_, n in said} == {"10"}
