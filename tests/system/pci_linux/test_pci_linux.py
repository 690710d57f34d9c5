# SPDX-License-Identifier: Apache-2.0
"""An unmodified kernel finds the function its partition has on a PCI bus of its own, its driver binds,
reads and writes blocks, and does so again after a restart."""

import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "linux"))
import payloads  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 600
FUNCTION = "pci:0000:00:03.0"

# By architecture: kernel, console, and how the kernel names an interrupt of the disk.
KERNEL = {"arm64": "linux612", "x86": "cloud"}
CONSOLE = {"arm64": "ttyAMA0", "x86": "ttyS0"}
INTERRUPT = {"arm64": r"GICv2m-PCI-MSIX-0000:00:01.0 1 Edge nvme0q1",
             "x86": r"PCI-MSI\S* \d+-edge nvme0q1"}

# How the kernel is told to reach configuration space, and how many bytes of it there are then: by
# ECAM, or by ports 0xcf8 and 0xcfc (SCOPE=full).
WAYS = {"arm64": [("", 4096)], "x86": [("", 4096), (" pci=nommconf", 256)]}


@pytest.fixture
def folder(request):
    """Its own: tests of other kernels may run meanwhile."""
    place = request.config.bulkhead_out / "payloads-pci"
    place.mkdir(parents=True, exist_ok=True)
    return place


def system(folder, arch, options):
    """A Linux that has the disk, and the initrd that looks at it."""
    kernel = KERNEL[arch]
    busybox = payloads.fetch(f"busybox-{payloads.DEBIAN[kernel][1]}", folder)
    source, cpus = payloads.system(folder, [kernel], 1,
                                   bootargs=f"console={CONSOLE[arch]} quiet panic=-1{options}")
    initrd = folder / "pci-initrd"
    subprocess.run([sys.executable, payloads.SCRIPTS / "initramfs.py", "--out", initrd,
                    f"init={HERE / 'init'}", f"bin/busybox={busybox}", "proc/", "sys/", "dev/"],
                   check=True, timeout=60)
    text = source.read_text().replace('file = "initrd"', 'file = "pci-initrd"')
    text = text.replace("console;", f'console; devices = "{FUNCTION}";')
    source = folder / "pci.dts"
    source.write_text(text)
    return source, cpus


def disk(folder):
    image = folder / "disk"
    blocks = bytearray(1 << 20)
    blocks[512:528] = b"sixteen bytes..."
    blocks[1024:1028] = b"none"
    image.write_bytes(blocks)
    return image


@pytest.mark.req("BH-VPCI-003", "BH-VPCI-004")
def test_debian_drives_its_disk_and_again_after_a_restart(board, folder, scope):
    for options, size in WAYS[board.arch][:scope.count(1, 2)]:
        drives_its_disk(board, folder, options, size)


def drives_its_disk(board, folder, options, size):
    source, cpus = system(folder, board.arch, options)
    image = disk(folder)
    board.start(initrd=board.system_image(source, cpus=cpus), cpus=cpus, timeout=PATIENCE,
                accel="tcg,thread=multi", icount="",
                extra=["-drive", f"if=none,id=disk,format=raw,file={image}",
                       "-device", "nvme,serial=bulkhead,drive=disk,addr=3"])
    board.expect(r"guest: restarts", timeout=PATIENCE)
    board.expect(rf"partition {KERNEL[board.arch]}: off", timeout=PATIENCE)
    lives = board.console.split("guest: restarts")
    assert len(lives) == 2
    for life, mark in zip(lives, ("none", "done")):
        assert re.search(r"guest: pci 0000:00:01.0 0x1b36:0x0010 class 0x010802 driver nvme", life)
        assert f"guest: config of {size} bytes" in life
        assert re.search(rf"guest: interrupt .* {INTERRUPT[board.arch]}", life)
        assert "guest: block 1 is sixteen bytes..." in life
        assert f"guest: mark is {mark}" in life
    assert image.read_bytes()[1024:1028] == b"done"
    assert not re.search(r"guest: says .*(pci|nvme)", board.console)
