# SPDX-License-Identifier: Apache-2.0
"""Isolation in time: the instructions that Bulkhead spends on one partition's CPU, counted by the emulator's
plugin between that guest's own, are the same whatever another partition does on its CPU."""

import fcntl
import os
import pathlib
import subprocess

import emulator_plugin as plugin
import pytest
from elftools.elf.elffile import ELFFile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).parent
SMP = {"cpus": 2, "icount": "", "accel": "tcg,thread=multi"}

SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads {{ a {{ file = "{guest}-arm64.bin"; }}; b {{ file = "steady-arm64.bin"; }}; }};
	partitions {{
		a: a {{
			cpus = <0>;
			console;
			memory {{ size = <0x600000>; }};
			kernel {{ payload = "a"; type = "linux"; }};
			shared@60000000 {{ region = <&mark>; }};
		}};
		b {{
			cpus = <1>;
			after = <&a>;
			bootargs = "{guest}";
			memory {{ size = <0x600000>; }};
			kernel {{ payload = "b"; type = "linux"; }};
			shared@60000000 {{ region = <&mark>; }};
		}};
	}};
	regions {{ mark: mark {{ size = <0x1000>; }}; }};
}};
"""


def make(*words):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "BOARD")}
    subprocess.run(["make", *map(str, words)], env=environment, timeout=300, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def image(board, source):
    out = board.build_dir
    with open(out.with_name(out.name + ".lock"), "w") as lock:  # the one that builds there take
        fcntl.flock(lock, fcntl.LOCK_EX)
        make("-C", SOURCE, f"O={out}", "INSTALL=no", f"SYSTEM={source}", "SET=cpus=2", "image")
        file = source.with_suffix(".itb")
        file.write_bytes((out / "system.itb").read_bytes())
    return file


def address(board, function):
    with open(board.elf, "rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return table.get_symbol_by_name(function)[0]["st_value"]


def cost(board, folder, guest):
    """What CPU 1 spent in Bulkhead between instructions of partition b, while a ran `guest`."""
    source = folder / f"{guest}.dts"
    source.write_text(SYSTEM.format(guest=guest))
    counts = folder / f"{guest}.counts"
    board.start(initrd=image(board, source), timeout=200, **SMP,
                extra=plugin.arguments(plugin.build(folder), plugin.text_of(board.elf),
                                       counts=counts, after=address(board, "vcpu_go")))
    board.expect(r"every partition has come to its end")
    console = board.console
    board.stop()
    return plugin.read_stretches(counts)[1], console


@pytest.mark.req("BH-ISO-001")
def test_a_storm_costs_the_neighbour_nothing(board, tmp_path):
    for guest in (HERE / "storm", HERE / "steady", "hello"):
        make("-C", SOURCE / "tests/guest", "ARCH=arm64", f"GUEST={guest}", f"OUTPUT={tmp_path}")
    quiet, _ = cost(board, tmp_path, "hello")
    storm, console = cost(board, tmp_path, "storm")
    assert "[a] storm: raged" in console
    assert quiet.n >= 6000
    assert storm == quiet
