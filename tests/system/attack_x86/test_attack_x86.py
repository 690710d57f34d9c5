# SPDX-License-Identifier: Apache-2.0
"""Privileged instructions of an x86 guest, tried at random from inside: MSRs, CPUID, ports,
hypercalls, control registers, accesses to devices, PCI configuration space by both its ways. The guest judges each by its own tables."""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TRIED = re.compile(r"^\[attack\] attack: ([\w ]+): (\d+ )?as expected$", re.M)


SYSTEM = HERE / "attack.dts"
PARTS = ["instructions", "encodings", "devices", "interrupts", "MSRs", "CPUID", "ports", "hypercalls",
         "registers", "MMIO", "configuration space"]
RESETS = 3  # by the keyboard controller, port 92h and port CF9h


@pytest.mark.req("BH-VX86-005", "BH-VX86-006", "BH-VX86-007", "BH-VPCI-002")
def test_every_privileged_instruction(board, scope, monkeypatch):
    rounds = scope.count(100000, 10000000)
    monkeypatch.setenv("ATTACK_ROUNDS", str(rounds))
    board.start(initrd=board.system_image(SYSTEM, cpus=1), cpus=1, timeout=max(900, rounds // 100))
    board.expect(r"guest: (passed|failed)|does not run|halts", timeout=max(900, rounds // 100))
    tried = TRIED.findall(board.console)
    assert [name for name, _ in tried] == PARTS
    assert sum(int(n or 0) for _, n in tried[:-1]) >= rounds - 16
    assert int(tried[-1][1]) > 5000
    assert "guest: passed" in board.console
    assert len(re.findall(r"partition attack: runs again", board.console)) == RESETS
