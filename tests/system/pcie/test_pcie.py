# SPDX-License-Identifier: Apache-2.0
"""The tree in the log against what the emulator's command line says.

Two ways down (a root port; a root port, a switch and a bridge to PCI), a device of two functions,
SR-IOV, and a second root bus. On arm64 nothing has been numbered or given an address before
Bulkhead; on q35 firmware has done all of it.
"""

import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import bench
import pytest

PORTS = """
    pcie-root-port,id=rp0,chassis=1,slot=1,addr=4
    igb,bus=rp0
    pcie-root-port,id=rp1,chassis=2,slot=2,addr=5
    x3130-upstream,id=up,bus=rp1
    xio3130-downstream,id=dn0,bus=up,chassis=3,slot=0
    pcie-pci-bridge,id=pci,bus=dn0
    edu,bus=pci,addr=3
    xio3130-downstream,id=dn1,bus=up,chassis=4,slot=1
    nvme,serial=bulkhead,bus=dn1
    virtio-rng-pci,addr=6.0,multifunction=on,disable-legacy=on
    virtio-rng-pci,addr=6.1,disable-legacy=on
"""
SECOND_ROOT = """
    pxb-pcie,bus_nr=64,id=pxb,bus=pcie.0,addr=7
    pcie-root-port,id=rp2,chassis=5,slot=5,bus=pxb,addr=0
    e1000e,bus=rp2
"""

# `gN` stands for a group: which functions share one is what counts, not its number.
BEHIND = """
    00:04.0 1b36:000c bridge to buses 01-01, gA, isolating
    00:05.0 1b36:000c bridge to buses 02-06, gB, isolating
    00:06.0 1af4:1044 device, gC, MSI-X 2, no reset, blocked
    00:06.1 1af4:1044 device, gC, MSI-X 2, no reset, blocked
    01:00.0 8086:10c9 network, gD, MSI 1, MSI-X 10, SR-IOV 8, FLR/D3/bus reset, blocked
    02:00.0 104c:8232 bridge to buses 03-06, gE, not isolating
    03:00.0 104c:8233 bridge to buses 04-05, gE, not isolating
    03:01.0 104c:8233 bridge to buses 06-06, gE, not isolating
    04:00.0 1b36:000e bridge to buses 05-05, gE, not isolating
    05:03.0 1234:11e8 device, gE, MSI 1, bus reset, blocked
    06:00.0 1b36:0010 NVMe, gE, MSI-X 65, FLR/bus reset, blocked
"""
BEHIND_SECOND_ROOT = """
    00:07.0 1b36:000b host bridge, gF, in use
    40:00.0 1b36:000c bridge to buses 41-41, gG, isolating
    41:00.0 8086:10d3 network, gH, MSI 1, MSI-X 5, D3/bus reset, blocked
"""
ICH9 = """
    00:00.0 8086:29c0 host bridge, gP, in use
    00:1f.0 8086:2918 ISA bridge, gQ, in use
    00:1f.2 8086:2922 SATA, gQ, MSI 1, no reset, blocked
    00:1f.3 8086:2930 SMBus, gQ, no reset, blocked
"""
BOARD = {
    "qemu_virt_arm64": """
    00:00.0 1b36:0008 host bridge, gP, in use
    00:01.0 1234:11e8 device, gR, MSI 1, no reset, blocked
""",
    "qemu_q35_svm_vtd": ICH9 + """
    00:01.0 1234:11e8 device, gR, MSI 1, no reset, blocked
""",
    "qemu_q35_svm_amdvi": ICH9 + """
    00:01.0 1022:1419 IOMMU, gS, MSI 1, in use
    00:02.0 1234:11e8 device, gR, MSI 1, no reset, blocked
""",
}

ROOT = pathlib.Path(__file__).resolve().parents[3]


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def devices(text):
    return [word for device in lines(text) for word in ("-device", device)]


def groups_named(tree, name):
    """The tree with its groups named in the order in which they come."""
    names = {}
    return [re.sub(name, lambda m: "g" + str(names.setdefault(m[0], len(names))), line)
            for line in tree]


def logged(board):
    return re.findall(r"^\[[ .\d]+\] info  pcie: 0000:(\S+ \w{4}:\w{4} .*)$", board.console, re.M)


def check(board, text):
    want = sorted(lines(text))
    assert groups_named(logged(board), r"group \d+") == groups_named(want, r"\bg[A-Z]\b")


@pytest.mark.req("BH-PCIE-001", "BH-PCIE-003", "BH-PCIE-004")
def test_the_tree_is_the_machine(board, tmp_path):
    board.start(extra=devices(PORTS + SECOND_ROOT))
    board.expect("result: 2 of 2 edu devices answer")
    board.expect("result: the same tree again")
    board.expect_passed()
    check(board, BOARD[board.name] + BEHIND + BEHIND_SECOND_ROOT)
    owned = board.console + "\npcie: 0000:05:03.0 belongs to partition linux\n"
    script, svg = ROOT / "scripts/pcie_tree.py", tmp_path / "tree.svg"
    tree = subprocess.run([sys.executable, script, "-"], input=owned, capture_output=True,
                          text=True, check=True).stdout
    assert "    03:00.0 104c:8233 bridge" in tree and "        05:03.0 1234:11e8 device" in tree
    assert re.search(r"05:03.0 .*, partition linux$", tree, re.M)
    subprocess.run([sys.executable, script, "-", "--svg", svg], input=owned, text=True, check=True)
    drawn = [t.text for t in ET.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
    named = [line.strip() for line in tree.splitlines() if not line.startswith("segment")]
    assert [text.removeprefix("0000:") for text in drawn] == named


@pytest.mark.bench
@pytest.mark.req("BH-PCIE-001", "BH-BENCH-001")
def test_a_function_costs_little(board):
    """Without the second root bus, for which 256 buses are looked at."""
    board.start(extra=devices(PORTS))
    board.expect_passed()
    check(board, BOARD[board.name] + BEHIND)
    figures = {f.metric: f for f in bench.read(board.name, board.console)}
    assert figures["pcie_function"].max <= 6000
