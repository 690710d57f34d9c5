# SPDX-License-Identifier: Apache-2.0
"""Windows of a CPU that partitions share: where they begin, how long they are, what a switch costs.

Guests measure by the counter, which counts instructions: a tick each."""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).parent
SMP = {"icount": "", "accel": "tcg,thread=multi"}
US = 1000  # instructions

PARTITION = """
	{name}: {name} {{
		cpus = <{cpu}>;
		console;
		{more}
		memory {{ size = <0x600000>; }};
		kernel {{ payload = "{payload}"; type = "{type}"; }};
	}};"""
SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	model = "windows";
	bulkhead,rollback-index = <1>;
	payloads {{ {payloads} }};
	partitions {{ {partitions} }};
	schedules {{ s {{ cpus = <{cpu}>; {schedule} }}; }};
	{channels}
}};
"""
CHANNEL = "channels { c { ends = <&a>, <&b>; size = <0x1000>; address = <0x60000000>; }; };"
# FRAME_US of the guest: a, b, and then nobody.
WINDOWS = "windows = <&a>, <&b>; window-us = <1000>, <1500>, <500>;"


# What a guest is built to, and how it boots.
PAYLOAD = {"arm64": ("arm64.bin", "linux"), "x86": ("x86.elf", "pvh")}


def system(board, folder, cpu, schedule, channels, *guests):
    """A system source in `folder`: (name, cpu, payload, more of the partition)."""
    file, kind = PAYLOAD[board.arch]
    payloads = " ".join(f'{p} {{ file = "{p}-{file}"; }};' for p in sorted({g[2] for g in guests}))
    partitions = "".join(PARTITION.format(name=n, cpu=c, payload=p, more=m, type=kind)
                         for n, c, p, m in guests)
    source = folder / "windows.dts"
    source.write_text(SYSTEM.format(payloads=payloads, partitions=partitions, cpu=cpu,
                                    schedule=schedule, channels=channels))
    return source


@pytest.fixture
def folder(board, tmp_path):
    for guest in (HERE / "window", "hang", "hello"):
        board.guest(guest, tmp_path)
    return tmp_path


def figures(console, name):
    """{what: (n, min, avg, max)} that a guest has measured."""
    found = re.findall(rf"^\[{name}\] window: (\w+) (\d+) (\d+) (\d+) (\d+)", console, re.M)
    return {what: tuple(map(int, values)) for what, *values in found}


@pytest.mark.req("BH-WIN-001", "BH-WIN-002")
@pytest.mark.bench
def test_nobody_lengthens_a_window_or_shifts_one(board, folder):
    """Two guests that never yield, with their interrupts masked."""
    source = system(board, folder, 0, WINDOWS, CHANNEL, ("a", 0, "window", ""), ("b", 0, "window", ""))
    board.start(initrd=board.system_image(source, cpus=2), cpus=1, timeout=120)
    board.expect(r"every partition has come to its end")
    a, b = figures(board.console, "a"), figures(board.console, "b")
    print(a, b)
    for found, length in ((a, 1000 * US), (b, 1500 * US)):
        n, least, _, most = found["length"]
        assert n > 20
        # What Bulkhead does at both ends is at most the longest masked stretch and a switch.
        assert length - 4000 < least and most <= length + 1000, found
        _, least, _, most = found["start"]
        assert most - least <= 1000, found
    n, least, mean, most = b["switch"]
    assert n > 10
    board.figure("window_switch", "instructions", n, least, mean, most)


@pytest.mark.req("BH-WIN-001")
@pytest.mark.boards("qemu_virt_arm64")
def test_cpu_1_is_shared_while_another_has_cpu_0(board, folder):
    source = system(board, folder, 1, WINDOWS, CHANNEL, ("far", 0, "hello", ""), ("a", 1, "window", ""),
                    ("b", 1, "window", ""))
    board.start(initrd=board.system_image(source, cpus=2), cpus=2, timeout=120, **SMP)
    board.expect(r"every partition has come to its end")
    for name in ("far", "a", "b"):
        assert f"[{name}] guest: passed" in board.console


@pytest.mark.req("BH-WIN-003")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd")
def test_a_failure_that_counts_degrades_the_system(board, folder):
    """The one that hangs is halted; its windows are given to one that runs in that mode alone."""
    schedule = ("windows = <&h>, <&n>; window-us = <1000>, <1000>; "
                "degraded-windows = <&d>; degraded-window-us = <2000>;")
    source = system(board, folder, 0, schedule, "",
                    ("h", 0, "hang", 'watchdog-ms = <30>; on-watchdog = "degrade";'),
                    ("n", 0, "hang", 'runs-in = "normal";'),
                    ("d", 0, "hello", 'runs-in = "degraded";'))
    board.start(initrd=board.system_image(source, cpus=2), cpus=1, timeout=120)
    board.expect(r"every partition has come to its end")
    assert "partition h: its watchdog ran out: halts" in board.console
    assert "system windows: degraded, because partition h has failed" in board.console
    assert "[d] guest: passed" in board.console
    assert board.console.index("partition d: runs") > board.console.index("degraded, because")
    assert "partition n: off" in board.console


@pytest.mark.req("BH-WIN-003")
@pytest.mark.boards("qemu_virt_arm64")
def test_a_deadline_that_is_missed_is_a_failure(board, folder):
    source = system(board, folder, 0, "windows = <&a>; window-us = <1000>, <500>;", "",
                    ("a", 0, "hang", 'deadline-us = <900>; on-deadline = "restart"; restarts-max = <2>;'))
    board.start(initrd=board.system_image(source, cpus=2), cpus=1, timeout=120)
    board.expect(r"every partition has come to its end")
    assert len(re.findall(r"partition a: it missed its deadline: restarts", board.console)) == 2
    assert "partition a: it missed its deadline: halts" in board.console
