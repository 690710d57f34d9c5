# SPDX-License-Identifier: Apache-2.0
"""Bytes of code of the configuration that runs the demo, without PCI Express."""

import json
import pathlib
import subprocess
import sys

import pytest

SIZE = pathlib.Path(__file__).resolve().parents[3] / "scripts/size.py"
LIMIT = 256 * 1024  # the target is in targets.yaml; this is where something has gone wrong


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-004")
def test_bytes_of_code(board, tmp_path):
    subprocess.run([sys.executable, SIZE, board.elf, f"{board.elf}.map",
                    tmp_path, board.build_dir / "bulkhead.bin"], check=True,
                   stdout=subprocess.DEVNULL, timeout=60)
    objects = json.loads((tmp_path / "size.json").read_text())["objects"]
    text = {name: share["text"] for name, share in objects.items() if "drivers/pcie" not in name}
    foreign = sum(n for name, n in text.items() if "third-party" in name)
    own = sum(text.values()) - foreign
    board.figure("text_own", "bytes", 1, own, own, own)
    board.figure("text_foreign", "bytes", 1, foreign, foreign, foreign)
    assert own < LIMIT and foreign < LIMIT
