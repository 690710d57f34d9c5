# SPDX-License-Identifier: Apache-2.0
"""What arm64 guests call, from inside one: every answer is checked there against a model."""

import fcntl
import os
import pathlib
import re
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
SYSTEM = pathlib.Path(__file__).with_name("calls.dts")
TRIP = re.compile(r"calls: round trip of (\w+): (\d+)/(\d+)/(\d+) ticks")

# Instructions, and ten more for pointer keys that have to be switched.
LIMIT = {"VERSION": 90, "FEATURES": 100, "AFFINITY_INFO": 130, "unknown": 100, "BELL": 100}
KEYS = 10


@pytest.fixture
def image(board, tmp_path):
    out = board.build_dir
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "BOARD")}
    with open(out.with_name(out.name + ".lock"), "w") as lock:  # the one that builds there take
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-C", SOURCE, f"O={out}", "INSTALL=no", f"SYSTEM={SYSTEM}", "image"],
                       env=environment, check=True, timeout=120, stdin=subprocess.DEVNULL)
        to = tmp_path / "calls.itb"
        to.write_bytes((out / "system.itb").read_bytes())
    return to


def attack(board, image, **parameters):
    board.start(initrd=image, cpus=4, timeout=120, **parameters)
    board.expect(r"guest: (passed|failed \d+)", timeout=120)
    board.expect(r"partition calls: off")
    assert "[calls] guest: passed" in board.console
    assert "panic" not in board.console


@pytest.mark.req("BH-CALL-001", "BH-CALL-002", "BH-CALL-003", "BH-CONS-001", "BH-CHAN-001")
def test_a_guest_attacks_what_it_can_call(board, image):
    attack(board, image)
    trips = {m[0]: int(m[3]) for m in TRIP.findall(board.console)}
    assert trips.keys() == LIMIT.keys()
    more = KEYS if "pac" in board.console else 0
    assert all(trips[name] <= LIMIT[name] + more for name in LIMIT), trips


@pytest.mark.req("BH-CALL-002")
@pytest.mark.boards("qemu_virt_arm64")
def test_cpus_race_for_a_cpu_on_threads_of_their_own(board, image):
    attack(board, image, icount="", accel="tcg,thread=multi")
