# SPDX-License-Identifier: Apache-2.0
"""A partition whose neighbours reset without end, themselves and one of them the other, takes no
instruction of EL2 more than alone; and they come back each time."""

import pathlib
import re

import emulator_plugin as plugin
import pytest

HERE = pathlib.Path(__file__).resolve().parent
CPUS = 3
TICKS = 1000
# Instructions that a restart may keep interrupts waiting, but for its lines in the log.
STEP = 1000

PARTITION = """
	{name}: {name} {{
		cpus = <{cpu}>;{manages}
		memory {{ size = <0x200000>; }};
		kernel {{ payload = "{kind}"; type = "linux"; }};
	}};"""
MANAGES = " manages = <&resets2>;"
SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads {{ {payloads} }};
	partitions {{ {partitions}
	}};
}};
"""


def run(board, folder, kinds, **arguments):
    """Stretches of EL2 on each one's CPU, by the plugin's `arguments`, and how often others were
    started."""
    source = folder / f"{len(kinds)}.dts"
    source.write_text(SYSTEM.format(
        payloads=" ".join(f'{k} {{ file = "{k}-arm64.bin"; }};' for k in sorted(set(kinds))),
        partitions="".join(PARTITION.format(name=f"{kind}{i}", kind=kind, cpu=i,
                                            manages=MANAGES if i == 1 and len(kinds) > 2 else "")
                           for i, kind in enumerate(kinds))))
    counts = folder / f"{len(kinds)}.counts"
    board.start(initrd=board.system_image(source, cpus=CPUS), cpus=CPUS, icount="",
                accel="tcg,thread=multi", timeout=300,
                extra=plugin.arguments(plugin.build(folder), plugin.text_of(board.elf),
                                       counts=counts, **arguments))
    board.expect(r"partition ticks0: off", timeout=300)
    for i, kind in enumerate(kinds):
        if kind == "resets":  # it still comes back
            board.expect(rf"partition resets{i}: runs again", timeout=300)
    board.run.stop()
    board.run.wait()
    starts = min((board.console.count(f"partition {kind}{i}: runs")
                  for i, kind in enumerate(kinds) if kind == "resets"), default=0)
    return plugin.read_stretches(counts), starts


@pytest.mark.req("BH-PART-020")
@pytest.mark.boards("qemu_virt_arm64")
def test_neighbours_that_reset_cost_nothing(board, tmp_path):
    for kind in ("ticks", "resets"):
        board.guest(HERE / kind, tmp_path)
    guests = {"after": board.address("vcpu_go")}
    alone, none = run(board, tmp_path, ["ticks"], **guests)
    beside, starts = run(board, tmp_path, ["ticks", "resets", "resets"], **guests)
    print(alone, beside, starts)
    assert none == 0 and starts > 10
    assert alone[0].n > TICKS and alone[0] == beside[0]
    steps, starts = run(board, tmp_path, ["ticks", "resets"], **plugin.masked(board))
    print(steps, starts)
    assert starts > 10 and steps[1].max <= STEP
