# SPDX-License-Identifier: Apache-2.0
"""What arm64 guests call, from inside one: every answer is checked there against a model."""

import pathlib
import re

import bench
import pytest

SYSTEM = pathlib.Path(__file__).with_name("calls.dts")
TRIP = re.compile(r"calls: round trip of (\w+): (\d+)/(\d+)/(\d+) ticks")

# Instructions, and ten more for pointer keys that have to be switched.
LIMIT = {"VERSION": 90, "FEATURES": 100, "AFFINITY_INFO": 100, "unknown": 100, "BELL": 100}
KEYS = 10
# Instructions from CPU_ON to the first C code of the CPU that it starts; five ways in and out are on it.
CPU_ON, CPU_ON_TRIPS = 2500, 5


def image(board, folder, arguments):
    """The system with these arguments; its payloads come also where the source is a copy."""
    source = folder / "calls.dts"
    source.write_text(SYSTEM.read_text().replace("100000", arguments))
    for guest in ("calls", "peer"):
        board.guest(SYSTEM.parent / guest, folder)
        (folder / f"{guest}.bin").unlink(missing_ok=True)
        (folder / f"{guest}.bin").symlink_to(folder / f"{guest}-arm64.bin")
    return board.system_image(source, cpus=4)


def start(board, signed):
    board.start(initrd=signed, cpus=4, timeout=1200)


def passes(board):
    board.expect(r"guest: (passed|failed \d+)", timeout=1200)
    board.expect(r"partition calls: off")
    assert "[calls] guest: passed" in board.console
    assert "panic" not in board.console


@pytest.mark.bench(twice=["qemu_virt_arm64", "qemu_virt_arm64/max"])
@pytest.mark.req("BH-CALL-001", "BH-CALL-002", "BH-CALL-003", "BH-CONS-001", "BH-CHAN-001")
def test_a_guest_attacks_what_it_can_call(board, scope, tmp_path):
    start(board, image(board, tmp_path, str(scope.count(100000, 10000000))))
    passes(board)
    trips = {m[0]: int(m[3]) for m in TRIP.findall(board.console)}
    assert trips.keys() == LIMIT.keys()
    more = KEYS if "pac" in board.console else 0
    assert all(trips[name] <= LIMIT[name] + more for name in LIMIT), trips
    most = {f.metric: f.max for f in bench.read(board.name, board.console)}
    assert most.pop("cpu_on") <= CPU_ON + CPU_ON_TRIPS * more
    if "max" in board.name:  # there they trap
        most.pop("idreg_read")
    assert set(most.values()) == {1} and most.keys() >= {"wfi", "uart_read", "uart_write"}


@pytest.mark.req("BH-CONS-002")
@pytest.mark.boards("qemu_virt_arm64/gicv2")
def test_what_is_typed_arrives_by_an_interrupt(board, tmp_path):
    """GICv3: test_attack.py, beside more."""
    start(board, image(board, tmp_path, "100 type"))
    board.expect(r"calls: type abc", timeout=300)
    board.send("abc")
    board.expect(r"calls: abc was typed")
    passes(board)


@pytest.mark.req("BH-PART-022")
@pytest.mark.boards("qemu_virt_arm64")
def test_two_runs_of_partitions_are_alike(board, tmp_path):
    """Four CPUs, two partitions, a channel, restarts: the same log to the last stamp. One image:
    no two signatures are alike, nor is the work of checking them."""
    consoles = []
    signed = image(board, tmp_path, "100")
    for _ in range(2):
        start(board, signed)
        passes(board)
        board.stop()
        consoles.append(board.console)
    assert consoles[0] == consoles[1]
