# SPDX-License-Identifier: Apache-2.0
"""From a PC's firmware to the first instruction of a guest: 18 KiB, by PVH, its console on, one
CPU, 2 GiB. The firmware's own part is what the same program takes where Bulkhead would be."""

import pathlib
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
FIRST = pathlib.Path(__file__).resolve().parent / "first.S"
LAYOUT = SOURCE / "tests/guest/x86/guest.ld"
CROSS = "x86_64-linux-gnu-"
LIMIT = 2000000
MIB = 1 << 20

SYSTEM = """/dts-v1/;
/ {
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads { first { file = "first.elf"; }; };
	partitions {
		first {
			cpus = <0>;
			console;
			memory { size = <0x100000>; };
			kernel { payload = "first"; type = "pvh"; };
		};
	};
};
"""


def program(folder, base):
    """FIRST at address @base."""
    file = folder / f"first-{base:x}.elf"
    subprocess.run([f"{CROSS}gcc", "-c", FIRST, "-o", folder / "first.o"], check=True)
    subprocess.run([f"{CROSS}ld", f"--defsym=guest_base={base}", "-T", LAYOUT, "-e", "_start",
                    "--no-warn-rwx-segments", "-o", file, folder / "first.o"], check=True)
    return file


def image(board, folder):
    (folder / "first.elf").write_bytes(program(folder, 0x10000).read_bytes())
    (folder / "first.dts").write_text(SYSTEM)
    return board.system_image(folder / "first.dts", cpus=1, memory=2048)


def first(board, **start):
    board.start(cpus=1, memory=2048, **start)
    return int(board.expect(r"first instruction at (\d+)\s").group(1))


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-002")
@pytest.mark.config("default", "CONFIG_SYSTEM_IMAGE_UNVERIFIED=y")
def test_boot_first_insn(board, tmp_path):
    file = image(board, tmp_path)
    # Bare, low memory is the firmware's.
    ticks = first(board, initrd=file) - first(board, kernel=program(tmp_path, MIB), initrd=file)
    board.figure("boot_first_insn", "instructions", 1, ticks, ticks, ticks)
    assert ticks <= LIMIT
