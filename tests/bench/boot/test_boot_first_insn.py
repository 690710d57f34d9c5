# SPDX-License-Identifier: Apache-2.0
"""From reset to the first instruction of a guest: 18 KiB, raw, its console on, one CPU, 2 GiB."""

import pathlib
import subprocess

import bench
import pytest

FIRST = pathlib.Path(__file__).resolve().parent / "first.S"
CROSS = "aarch64-linux-gnu-"
LIMIT = 1200000  # the target is in targets.yaml; this is where something has gone wrong

SYSTEM = """/dts-v1/;
/ {
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads { first { file = "first.bin"; }; };
	partitions {
		first {
			cpus = <0>;
			console;
			memory { size = <0x10000>; };
			kernel { payload = "first"; type = "raw"; load = <0x0 0x40004000>; };
		};
	};
};
"""


def image(board, folder):
    subprocess.run([f"{CROSS}gcc", "-c", FIRST, "-o", folder / "first.o"], check=True)
    subprocess.run([f"{CROSS}objcopy", "-O", "binary", "-j", ".text", folder / "first.o",
                    folder / "first.bin"], check=True)
    (folder / "first.dts").write_text(SYSTEM)
    return board.system_image(folder / "first.dts", cpus=1)


def measured(board, signed):
    board.start(initrd=signed, cpus=1, memory=2048)
    board.expect(r"every partition has come to its end")
    (figure,) = bench.read(board.name, board.console.replace("[first] ", ""))
    return figure


@pytest.mark.bench(twice=["qemu_virt_arm64"])
@pytest.mark.req("BH-BENCH-002", "BH-BENCH-005")
@pytest.mark.config("default", "CONFIG_SYSTEM_IMAGE_UNVERIFIED=y")
def test_boot_first_insn(board, tmp_path):
    signed = image(board, tmp_path)
    figure = measured(board, signed)
    assert figure.metric == "boot_first_insn" and figure.avg < LIMIT
    assert measured(board, signed) == figure
