# SPDX-License-Identifier: Apache-2.0
"""Bytes of the configuration that runs the demo of this board, without PCI Express."""

import json
import pathlib
import subprocess
import sys

import pytest

SIZE = pathlib.Path(__file__).resolve().parents[3] / "scripts/size.py"
LIMIT = 320 * 1024  # the target is in targets.yaml; this is where something has gone wrong


@pytest.mark.bench(twice=["qemu_virt_arm64"])
@pytest.mark.req("BH-BENCH-004")
@pytest.mark.config("default", "CONFIG_PCIE=n", "CONFIG_FW_ACPI=n", "CONFIG_GICV2=n", "CONFIG_SYMBOLS=n")
def test_bytes_of_code(board, tmp_path):
    subprocess.run([sys.executable, SIZE, board.elf, f"{board.elf}.map",
                    tmp_path, board.build_dir / "bulkhead.bin"], check=True,
                   stdout=subprocess.DEVNULL, timeout=60)
    objects = json.loads((tmp_path / "size.json").read_text())["objects"]

    def bytes_of(kind, foreign):
        n = sum(share[kind] for name, share in objects.items()
                if ("third-party" in name) == foreign)
        board.figure(f"{kind}_{'foreign' if foreign else 'own'}", "bytes", 1, n, n, n)
        return n

    assert bytes_of("text", False) + bytes_of("rodata", False) < LIMIT
    assert bytes_of("text", True) < LIMIT
