# SPDX-License-Identifier: Apache-2.0
"""The demo as `make run` boots it, and what its Linux may do to itself."""

import fcntl
import os
import pathlib
import re
import subprocess

import pytest
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[3]
DEMO = SOURCE / "systems/demo/demo.dts"
PROMPT = "linux# "


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
    board.start(initrd=image, timeout=300, **wanted["parameters"])
    board.expect(r"demo: done", timeout=120)
    board.expect_exact(PROMPT)
    return board


def say(board, command):
    board.send(command + "\n")
    board.expect_exact(command)


@pytest.mark.req("BH-DEMO-001", "BH-DEMO-002", "BH-PART-004", "BH-ARM64-009", "BH-CONS-002")
def test_linux_beside_another_guest(demo):
    """It runs on both its CPUs, reboots and powers off, and the other runs on."""
    assert len(re.findall(r"partition \w+: CPU", demo.console)) == 2
    assert re.search(r"\[linux\] demo: Linux 6\.\d+\.\S+ is up on 2 CPUs", demo.console)
    assert "rtc-pl031 9010000.pl031: registered as rtc0" in demo.console
    assert re.search(r"\[rt\] rt: second \d+, \d+ ticks, latency \d+/\d+/\d+ ns", demo.console)
    assert len(re.findall(r"\[linux\] demo: Linux received: second \d+", demo.console)) == 2
    say(demo, "grep -c processor /proc/cpuinfo")
    demo.expect(r"\b2\b")
    say(demo, "reboot -f")
    demo.expect(r"partition linux: runs again", timeout=60)
    demo.expect(r"is up on 2 CPUs", timeout=120)
    demo.expect_exact(PROMPT)
    demo.send("\x1d")
    demo.expect(r"console: input goes to rt")
    demo.send("\x1d")
    demo.expect(r"console: input goes to linux")
    say(demo, "poweroff -f")
    demo.expect(r"partition linux: off", timeout=60)
    assert len(re.findall(r"partition rt: runs", demo.console)) == 1
    assert "[rt] rt: received: hello from Linux, 2 of 2" in demo.console
