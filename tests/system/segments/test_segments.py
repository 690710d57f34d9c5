# SPDX-License-Identifier: Apache-2.0
"""Two PCIe segments, a partition with functions of each. QEMU's virt has one segment; a devicetree of
ours cuts it in two at bus 64, where a second root (pxb-pcie) begins: two hosts with configuration
space, windows, streams and messages of their own. Each guest holds the configuration space of its
functions against tables, attacks it, and has its edu write to memory that is its own and that is not."""

import pathlib
import re
import subprocess

import emulator_plugin as plugin
import pytest

SYSTEM = pathlib.Path(__file__).with_name("segments.dts")

DEVICES = """
    nvme,serial=bulkhead,addr=3
    pxb-pcie,bus_nr=64,id=pxb,bus=pcie.0,addr=7
    pcie-root-port,id=rp0,chassis=1,slot=1,bus=pxb,addr=0
    pcie-root-port,id=rp1,chassis=2,slot=2,bus=pxb,addr=1
    edu,bus=rp0,dma_mask=0xffffffffffff
    e1000e,bus=rp1
"""

# What is other in the second host than in QEMU's, and what the first one keeps.
CUTS = {
    "reg": ("0x40 0x10000000 0x00 0x4000000", "0x40 0x14000000 0x00 0xc000000"),
    "bus-range": ("0x00 0x3f", "0x40 0xff"),
    "linux,pci-domain": ("0x00", "0x01"),
    "ranges": ("0x2000000 0x00 0x10000000 0x00 0x10000000 0x00 0x10000000 "
               "0x3000000 0x80 0x00 0x80 0x00 0x40 0x00",
               "0x2000000 0x00 0x20000000 0x00 0x20000000 0x00 0x1eff0000 "
               "0x3000000 0xc0 0x00 0xc0 0x00 0x40 0x00"),
    "iommu-map": (r"0x00 \1 0x00 0x4000", r"0x4000 \1 0x4000 0xc000"),
    "msi-map": (r"0x00 \1 0x00 0x4000", r"0x4000 \1 0x4000 0xc000"),
}


TREE = [
    "segment 0, buses 0 to 63, ECAM at 0x4010000000, 64 MiB, coherent",
    "segment 1, buses 64 to 255, ECAM at 0x4014000000, 192 MiB, coherent",
    "0000:00:00.0 1b36:0008 host bridge, group 0, in use",
    "0000:00:01.0 1234:11e8 device, group 1, MSI 1, no reset, blocked",
    "0000:00:03.0 1b36:0010 NVMe, group 2, MSI-X 65, FLR reset, blocked",
    "0000:00:07.0 1b36:000b host bridge, group 3, in use",
    "0001:40:00.0 1b36:000c bridge to buses 41-41, group 4, isolating",
    "0001:40:01.0 1b36:000c bridge to buses 42-42, group 5, isolating",
    "0001:41:00.0 1234:11e8 device, group 6, MSI 1, bus reset, blocked",
    "0001:42:00.0 8086:10d3 network, group 7, MSI 1, MSI-X 5, D3/bus reset, blocked",
]

# Functions with the ids of their streams, an edu first.
OWNERS = {
    "near": {"0000:00:01.0": "0x8", "0000:00:03.0": "0x18"},
    "far": {"0001:41:00.0": "0x4100", "0001:42:00.0": "0x4200"},
}


def tree(board):
    found = re.findall(r"^\[[ .\d]+\] info  pcie: (.*)$", board.console, re.M)
    return [line for line in found if "belongs" not in line]


def dtc(*words, text=None):
    return subprocess.run(["dtc", "-q", *words], input=text, capture_output=True, text=True,
                          check=True, timeout=30).stdout


def host(node, which):
    """QEMU's host as the first or the second one."""
    for name, cut in CUTS.items():
        node, n = re.subn(rf"\b{name} = <\w+ ?(\w*)[^>]*>", f"{name} = <{cut[which]}>", node)
        assert n == 1, name
    return node.replace("pcie@10000000", "pcie@14000000") if which else node


def two_segments(board, folder):
    """The tree that QEMU makes, with its host cut in two."""
    one, two = folder / "one.dtb", folder / "two.dtb"
    machine = board.parameters["machine"]
    subprocess.run(["qemu-system-aarch64", "-machine", f"{machine},dumpdtb={one}", "-cpu",
                    board.parameters["cpu"], "-smp", board.parameters["cpus"], "-m",
                    board.parameters["memory"], "-display", "none"], check=True, timeout=30,
                   capture_output=True)
    text = dtc("-I", "dtb", "-O", "dts", one)
    node = re.search(r"^\tpcie@10000000 \{\n.*?^\t\};\n", text, re.M | re.S)[0]
    dtc("-I", "dts", "-O", "dtb", "-o", two, "-",
        text=text.replace(node, host(node, 0) + host(node, 1)))
    return two


@pytest.mark.req("BH-PCIE-001", "BH-PCIE-009", "BH-IOMMU-003", "BH-VPCI-001", "BH-VPCI-002", "BH-VPCI-005")
def test_functions_of_two_segments_have_two_owners(board, tmp_path):
    extra = [word for line in DEVICES.split() for word in ("-device", line)]
    counts = tmp_path / "counts"
    extra += plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf), counts=counts,
                              **plugin.masked_by(board, "msi_bind_step"))
    board.start(initrd=board.system_image(SYSTEM), **plugin.THREADS,
                extra=[*extra, "-dtb", str(two_segments(board, tmp_path))])
    board.expect(r"partition (near|far): off")
    board.expect(r"partition (near|far): off")
    assert tree(board) == TREE
    for name, functions in OWNERS.items():
        for function, stream in functions.items():
            assert f"partition {name}: device pci:{function}: DMA by iommu 0, id {stream}" in board.console
            assert f"pcie: {function} belongs to partition {name}" in board.console
        assert f"[{name}] owner: configuration space: 7093 as expected" in board.console
        # At the same address each has memory of its own, and none at the other one.
        assert re.search(rf"^\[{name}\] owner: at 0x40\w+ edu wrote {name[0]}$", board.console, re.M)
        edu = next(iter(functions))
        assert f"iommu: pci:{edu} write 0x50000000 of partition {name}, reason 0x10" in board.console
        assert f"[{name}] guest: passed" in board.console
    places = re.findall(r"^\[\w+\] owner: at (0x\w+) edu wrote", board.console, re.M)
    assert len(places) == 2 and len(set(places)) == 1
    board.stop()
    # MSI of two edus, MSI-X with 65 and with 5 entries: switched by what attacks their control.
    pieces = plugin.together(plugin.read_stretches(counts, "apart").values())
    assert pieces.n > 20 and pieces.max <= 1000
