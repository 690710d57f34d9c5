# SPDX-License-Identifier: Apache-2.0
"""The demo as `make run` boots it, and what its Linux may do to itself."""

import fcntl
import os
import pathlib
import re
import subprocess

import emulator_plugin as plugin
import pytest
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[3]
DEMO = SOURCE / "systems/demo/demo.dts"
PROMPT = "linux# "
RT_CPU = 2
# Interrupts that made a guest leave, and those of them that took more than the timer's own way.
COUNTED = ("guest_irq", "irq_short")


@pytest.fixture
def demo(board, tmp_path):
    """The demo, booted to the shell of its Linux."""
    out = board.build_dir
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "BOARD")}
    with open(out.with_name(out.name + ".lock"), "w") as lock:  # the one that builds there take
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-C", SOURCE, f"O={out}", "INSTALL=no", f"SYSTEM={DEMO}", "image"],
                       env=environment, check=True, timeout=300, stdin=subprocess.DEVNULL)
        image = tmp_path / "demo.itb"
        image.write_bytes((out / "system.itb").read_bytes())
    wanted = yaml.safe_load(DEMO.with_suffix(".yaml").read_text())
    spans = [(board.address(name), board.address(name) + 4) for name in COUNTED]
    board.start(initrd=image, timeout=300, **wanted["parameters"],
                extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                       counts=tmp_path / "counts", spans=spans))
    board.expect(r"demo: done", timeout=120)
    board.expect_exact(PROMPT)
    return board


def say(board, command):
    board.send(command + "\n")
    board.expect_exact(command)


def reboot(demo):
    say(demo, "reboot -f")
    demo.expect(r"partition linux: runs again", timeout=60)
    demo.expect(r"is up on 2 CPUs", timeout=120)
    demo.expect_exact(PROMPT)


def notices_nothing(console, counts):
    """Beside an idle Linux, a rebooting one and none: one exit a tick, and each but the first the same
    instructions. How late a tick is depends on what else the host does."""
    ticks = sum(map(int, re.findall(r"^\[rt\] rt: second \d+, (\d+) ticks", console, re.M)))
    exits, longer = (counts[way, RT_CPU].n for way in range(len(COUNTED)))
    print(f"{exits} exits, {ticks} ticks")
    assert ticks <= exits <= ticks + 102  # of the second that was cut off
    assert longer == 1
    in_all = re.findall(r"^\[rt\] rt: in all (\d+) ticks, (\d+) missed; late (.*) \(", console, re.M)
    assert in_all
    for n, (taken, missed, buckets) in enumerate(in_all, 1):
        assert sum(map(int, re.findall(r" (\d+)(?:,|$)", buckets))) == int(taken)
        assert int(taken) + int(missed) >= n * 500


@pytest.mark.req("BH-DEMO-001", "BH-DEMO-002", "BH-DEMO-003", "BH-PART-004", "BH-ARM64-009",
                 "BH-CONS-002")
def test_linux_beside_another_guest(demo, scope, tmp_path):
    """It runs on both its CPUs, reboots and powers off, and the other runs on."""
    assert len(re.findall(r"partition \w+: CPU", demo.console)) == 2
    assert re.search(r"\[linux\] demo: Linux 6\.\d+\.\S+ is up on 2 CPUs", demo.console)
    assert "rtc-pl031 9010000.pl031: registered as rtc0" in demo.console
    assert re.search(r"\[rt\] rt: second \d+, \d+ ticks, latency \d+/\d+/\d+ ns", demo.console)
    assert len(re.findall(r"\[linux\] demo: Linux received: second \d+", demo.console)) == 2
    say(demo, "grep -c processor /proc/cpuinfo")
    demo.expect(r"\b2\b")
    for _ in range(scope.count(2, 20)):
        reboot(demo)
    demo.send("\x1d")
    demo.expect(r"console: input goes to rt")
    demo.send("\x1d")
    demo.expect(r"console: input goes to linux")
    say(demo, "poweroff -f")
    demo.expect(r"partition linux: off", timeout=60)
    for _ in range(2):
        demo.expect(r"\[rt\] rt: second ", timeout=60)
    assert len(re.findall(r"partition rt: runs", demo.console)) == 1
    assert "[rt] rt: received: hello from Linux, 2 of 2" in demo.console
    demo.stop()
    notices_nothing(demo.console, plugin.read_counts(tmp_path / "counts")[1])
