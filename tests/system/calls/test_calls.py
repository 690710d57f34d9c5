# SPDX-License-Identifier: Apache-2.0
"""What arm64 guests call, from inside one: every answer is checked there against a model."""

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
def image(board, tmp_path, scope):
    """Its payloads come from the folder's own Makefile, also where the source is a copy."""
    source = tmp_path / "calls.dts"
    source.write_text(SYSTEM.read_text().replace("100000", str(scope.count(100000, 10000000))))
    for guest in ("calls", "peer"):
        subprocess.run(["make", "-s", "-C", SOURCE / "tests/guest", "ARCH=arm64",
                        f"GUEST={SYSTEM.parent / guest}", f"OUTPUT={tmp_path}"], check=True,
                       timeout=120)
        (tmp_path / f"{guest}.bin").symlink_to(tmp_path / f"{guest}-arm64.bin")
    return board.system_image(source, cpus=4)


def attack(board, image, **parameters):
    board.start(initrd=image, cpus=4, timeout=1200, **parameters)
    board.expect(r"guest: (passed|failed \d+)", timeout=1200)
    board.expect(r"partition calls: off")
    assert "[calls] guest: passed" in board.console
    assert "panic" not in board.console


@pytest.mark.bench
@pytest.mark.req("BH-CALL-001", "BH-CALL-002", "BH-CALL-003", "BH-CONS-001", "BH-CHAN-001")
def test_a_guest_attacks_what_it_can_call(board, image):
    attack(board, image)
    trips = {m[0]: int(m[3]) for m in TRIP.findall(board.console)}
    assert trips.keys() == LIMIT.keys()
    more = KEYS if "pac" in board.console else 0
    free = re.search(r"an ID register takes (\d+), WFI (\d+) ticks", board.console)
    assert free[2] == "1" and (free[1] == "1" or "max" in board.name)  # there they trap
    assert all(trips[name] <= LIMIT[name] + more for name in LIMIT), trips


@pytest.mark.req("BH-CALL-002")
@pytest.mark.boards("qemu_virt_arm64")
def test_cpus_race_for_a_cpu_on_threads_of_their_own(board, image):
    attack(board, image, icount="", accel="tcg,thread=multi")
