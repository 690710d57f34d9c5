# SPDX-License-Identifier: Apache-2.0
"""A guest of a few lines: out by a hypercall, a device and a fault, and back; and shootdowns."""

import re

import bench
import emulator_plugin as plugin
import pytest

# Instructions a round trip may take, the call and the return to the guest included.
LIMIT = {"EL2": 100, "SVM": 130, "VMX": 150}
# Instructions that interrupts may have to wait in an exit.
STRETCH_MAX = 1000
BACKEND = re.compile(r"backend: (\w+)$", re.M)
SHOT = re.compile(r"shootdown: (\d+) writers, (\d+) rounds, (\d+) late writes, (\d+) stuck")


@pytest.mark.req("BH-VM-001", "BH-VM-002", "BH-VX86-001")
def test_a_guest_traps_and_comes_back(board):
    board.start(cpus=1)
    board.expect("check: the guest came to its end: yes")
    board.expect_passed()
    assert "NO" not in re.findall(r"check: .*: (\w+)", board.console)


def measured(board):
    board.start(cpus=1)
    board.expect_passed()
    return bench.read(board.name, board.console)


@pytest.mark.bench(twice=["qemu_virt_arm64", "qemu_virt_arm64/max"])
@pytest.mark.req("BH-VM-003", "BH-BENCH-005")
def test_the_round_trip_is_short(board):
    figures = measured(board)
    assert measured(board) == figures
    assert [f.metric for f in figures] == ["hypercall"] + ["cpuid"] * (board.arch == "x86")
    assert all(f.avg <= LIMIT[BACKEND.search(board.console)[1]] for f in figures)


@pytest.mark.bench(twice=["qemu_virt_arm64"])
@pytest.mark.req("BH-VM-004")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd")
def test_no_exit_keeps_a_guest_long(board, tmp_path):
    """Between a guest's instructions and what takes interrupts, on one CPU. A line of the log
    is longer by itself, as the console is slow: what causes one is counted apart."""
    counts = tmp_path / "counts"
    board.start(cpus=1, extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                               counts=counts, after=board.address("vcpu_go"),
                                               apart=[board.address("log_ring_commit")],
                                               opens=plugin.unmasks(board.elf)))
    board.expect_passed()
    s = plugin.read_stretches(counts)[0]
    board.figure("masked_stretch", "instructions", s.n, s.min, round(s.sum / s.n, 2), s.max)
    assert s.n > 1000 and s.max <= STRETCH_MAX
    # The access that was refused; on x86 also what is said before a second guest.
    assert plugin.read_stretches(counts, "apart")[0].n == 1 + (board.arch == "x86")


def shootdown(board, rounds, **parameters):
    """Without icount: the clock would run for all CPUs at once."""
    if board.emulator == "qemu":
        parameters["icount"] = ""
    if rounds != 10000:
        board.configure(f"CONFIG_GUEST_TRAP_ROUNDS={rounds}")
    board.start(cpus=4, timeout=max(300, rounds // 10), **parameters)
    board.expect_passed()
    writers, rounds, late, stuck = map(int, SHOT.search(board.console).groups())
    assert (writers, rounds) == (3, int(board.options["GUEST_TRAP_ROUNDS"]))
    assert (late, stuck) == (0, 0)


@pytest.mark.req("BH-MEM-004")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd", "bochs_ryzen", "bochs_tigerlake")
def test_nobody_writes_after_the_ticket(board, scope):
    shootdown(board, scope.count(10000, 1000000))


@pytest.mark.req("BH-MEM-004")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd")
@pytest.mark.config("default", "CONFIG_GUEST_TRAP_LOOKS=50")
def test_nobody_writes_after_the_ticket_with_a_thread_a_cpu(board, scope):
    """Slower, for the kicks wait for the host; but the writers run while this CPU looks."""
    shootdown(board, scope.count(300, 30000), accel="tcg,thread=multi")
