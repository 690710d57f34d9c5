# SPDX-License-Identifier: Apache-2.0
"""Privileged instructions of an x86 guest, tried at random from inside: MSRs, CPUID, ports,
hypercalls, control registers, accesses to devices, PCI configuration space by both its ways. The guest judges each by its own tables."""

import pathlib
import re

import pytest

SYSTEM = pathlib.Path(__file__).resolve().parent / "attack.dts"
TRIED = re.compile(r"^\[attack\] attack: ([\w ]+): (\d+ )?as expected$", re.M)


@pytest.mark.req("BH-VX86-005", "BH-VX86-006", "BH-VX86-007", "BH-VPCI-002")
def test_every_privileged_instruction(board, scope, monkeypatch):
    rounds = scope.count(100000, 10000000)
    monkeypatch.setenv("ATTACK_ROUNDS", str(rounds))
    board.start(initrd=board.system_image(SYSTEM, cpus=1), cpus=1, timeout=max(300, rounds // 500))
    board.expect(r"guest: (passed|failed)|does not run|halts", timeout=max(300, rounds // 500))
    tried = TRIED.findall(board.console)
    assert [name for name, _ in tried] == ["instructions", "MSRs", "CPUID", "ports", "hypercalls",
                                           "registers", "MMIO", "configuration space"]
    assert sum(int(n) for _, n in tried[1:-1]) >= rounds - 16
    assert int(tried[-1][1]) > 8000
