# SPDX-License-Identifier: Apache-2.0
"""Isolation in time: the instructions that Bulkhead spends on one partition's CPU, counted by the emulator's
plugin between that guest's own, are the same whatever another partition does on its CPU."""

import pathlib

import emulator_plugin as plugin
import pytest

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


def cost(board, folder, guest):
    """What CPU 1 spent in Bulkhead between instructions of partition b, while a ran `guest`."""
    source = folder / f"{guest}.dts"
    source.write_text(SYSTEM.format(guest=guest))
    counts = folder / f"{guest}.counts"
    board.start(initrd=board.system_image(source, cpus=2), timeout=200, **SMP,
                extra=plugin.arguments(plugin.build(folder), plugin.text_of(board.elf),
                                       counts=counts, after=board.address("vcpu_go")))
    board.expect(r"every partition has come to its end")
    console = board.console
    board.stop()
    return plugin.read_stretches(counts)[1], console


@pytest.mark.req("BH-ISO-001")
def test_a_storm_costs_the_neighbour_nothing(board, tmp_path):
    for guest in (HERE / "storm", HERE / "steady", "hello"):
        board.guest(guest, tmp_path)
    quiet, _ = cost(board, tmp_path, "hello")
    storm, console = cost(board, tmp_path, "storm")
    assert "[a] storm: raged" in console
    assert quiet.n >= 6000
    assert storm == quiet
