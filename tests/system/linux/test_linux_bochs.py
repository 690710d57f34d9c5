# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel for virtual machines on the Bochs boards, one by SVM and one by VMX. Each push sees
its first words; the shell and the power-off behind them take minutes: SCOPE=full."""

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import payloads  # noqa: E402

PATIENCE = 1500
# A TSC as slow as the boards have it makes the kernel's ticks most of what it does.
IPS = 50000000


def disk_with_room(board, image, place):
    """The board's disk with room for a system image of that size."""
    out = place / "bulkhead.img"
    obj = board.build_dir / "obj"
    subprocess.run(["/usr/bin/python3", payloads.SOURCE / "arch/x86/boot/mkdisk.py",
                    obj / "arch/x86/boot/disk.bin", obj / "bulkhead.flat", out,
                    str((image.stat().st_size >> 20) + 1)], check=True)
    return out


@pytest.mark.req("BH-PC-004")
@pytest.mark.boards("bochs_ryzen", "bochs_tigerlake")
def test_debian(board, request, scope, tmp_path):
    folder = request.config.bulkhead_out / "payloads-x86"
    folder.mkdir(parents=True, exist_ok=True)
    source, cpus = payloads.system(folder, ["cloud"], 1, bootargs="console=ttyS0 panic=-1")
    image = board.system_image(source, cpus=cpus)
    board.start(disk=disk_with_room(board, image, tmp_path), initrd=image, cpus=cpus, ips=IPS,
                timeout=PATIENCE)
    board.expect(r"\[cloud\] .*Linux version 6\.1\.", timeout=PATIENCE)
    if scope.full:
        board.expect(r"\[cloud\] guest: Linux 6\.1\.\S+ on 1 CPUs", timeout=PATIENCE)
        board.expect(r"\[cloud\] guest: up", timeout=PATIENCE)
        board.expect(r"partition cloud: off", timeout=PATIENCE)
