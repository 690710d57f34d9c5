# SPDX-License-Identifier: Apache-2.0
"""Two small guests beside each other on every x86 board, by each way a payload starts."""

import pathlib
import re

import emulator_plugin as plugin
import pytest

HERE = pathlib.Path(__file__).resolve().parent
END = r"every partition has come to its end"


@pytest.mark.req("BH-PC-001")
def test_real_mode_and_multiboot(board):
    board.start(initrd=board.system_image(HERE / "old.dts"))
    board.expect(END)
    for line in ("[real] real: CR0.PE is 0",
                 "[multiboot] multiboot: command line: multiboot one two",
                 "[multiboot] multiboot: module of multiboot: a module",
                 "partition real: off", "partition multiboot: off"):
        assert line in board.console


@pytest.mark.req("BH-PC-001")
def test_pvh_and_flat(board):
    board.start(initrd=board.system_image(HERE / "new.dts"))
    board.expect(END)
    for name in ("pvh", "flat"):
        assert f"[{name}] guest: passed" in board.console
        assert f"partition {name}: off" in board.console


def devices_interrupt(board, bound):
    """Each of the guest's devices has interrupted it: what is typed, a message, a line."""
    board.expect(r"devices: type abc")
    board.send("abc")
    board.expect(r"devices: abc was typed")
    board.expect(END)
    assert f"partition devices: device {bound}" in board.console
    assert re.search(r"devices: 20[2-8] messages, ", board.console)
    assert re.search(r"devices: the line came 1\d\d times", board.console)
    assert "[devices] guest: passed" in board.console


@pytest.mark.req("BH-MSI-001", "BH-MSI-003", "BH-MSI-004", "BH-CONS-002", "BH-VPCI-005")
@pytest.mark.boards("qemu_q35_svm_vtd", "qemu_q35_svm_vtd/x2apic")
def test_a_function_and_what_is_typed_interrupt(board, tmp_path):
    """edu's messages come as the vectors that the guest asked for, and no others do; its line comes
    until edu takes it back; what is typed interrupts Bulkhead by its I/O APIC and the guest by that of its own.
    What switches messages on and off is counted."""
    counts = tmp_path / "counts"
    board.start(initrd=board.system_image(HERE / "devices.dts"), **plugin.THREADS,
                extra=plugin.arguments(plugin.build(tmp_path), plugin.text_of(board.elf),
                                       counts=counts, **plugin.masked_by(board, "msi_bind_step")))
    devices_interrupt(board, "pci:0000:00:01.0: MSI 1 by IOMMU, id 0x8")
    assert "no interrupt of the port" not in board.console
    board.stop()
    pieces = plugin.together(plugin.read_stretches(counts, "apart").values())
    assert pieces.n > 10 and pieces.max <= 1000


@pytest.mark.req("BH-MSI-001", "BH-MSI-005")
@pytest.mark.boards("qemu_q35_svm_amdvi")
def test_a_function_and_what_is_typed_interrupt_behind_amdvi(board, tmp_path):
    """edu's messages are remapped by entries of 128 bits, each by one of its own requester id. What I/O APICs
    send is not: QEMU has made that unit's window for it a byte long."""
    trace = tmp_path / "trace"
    source = tmp_path / "devices.dts"
    source.write_text((HERE / "devices.dts").read_text()
                      .replace("pci:0000:00:01.0", "pci:0000:00:02.0").replace("<21>", "<22>"))
    (tmp_path / "Makefile").write_text(f"include {HERE}/Makefile\n")
    board.start(initrd=board.system_image(source), iommu="amd-iommu,intremap=on,pt=off",
                extra=["-trace", "amdvi_ir_*", "-D", str(trace)])
    devices_interrupt(board, "pci:0000:00:02.0: MSI 1 by IOMMU, id 0x10")
    board.stop()
    steps = trace.read_text()
    assert set(re.findall(r"devid (\w+)", steps)) == {"0x10"}
    went = re.findall(r"data (\w+)\) -> \(addr 0xfee01000, data 0x4(\w+)\)", steps)
    assert len(went) > 200 and {int(data, 16) == int(vector, 16) for data, vector in went} == {True}
    assert steps.count("amdvi_ir_irte_ga_val") == len(went)


def type_to_a_guest(board, tmp_path, **parameters):
    source = tmp_path / "typed.dts"
    source.write_text(re.sub(r'devices = .*|bulkhead,(no-reset|lines) = .*', "",
                             (HERE / "devices.dts").read_text())
                      .replace("console;", 'console; bootargs = "type";'))
    (tmp_path / "Makefile").write_text(f"include {HERE}/Makefile\n")
    board.start(initrd=board.system_image(source), **parameters)
    board.expect(r"devices: type abc")
    board.send("abc")
    board.expect(r"devices: abc was typed")
    board.expect(END)
    assert "[devices] guest: passed" in board.console


@pytest.mark.req("BH-CONS-002")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_what_is_typed_interrupts_without_an_iommu(board, tmp_path):
    """The line of the I/O APIC goes straight to the local APIC."""
    type_to_a_guest(board, tmp_path, icount="", iommu="")
    assert "no interrupt of the port" not in board.console


@pytest.mark.req("BH-CONS-002")
@pytest.mark.boards("qemu_q35_svm_amdvi")
def test_what_is_typed_comes_without_an_interrupt(board, tmp_path):
    """An AMD-Vi that does not remap lets no message of the I/O APIC through: the port is looked at."""
    type_to_a_guest(board, tmp_path, icount="")
    assert "console: no interrupt of the port comes here" in board.console


@pytest.mark.req("BH-CONS-002")
@pytest.mark.boards("bochs_tigerlake")
def test_what_is_typed_interrupts_on_bochs(board, tmp_path):
    type_to_a_guest(board, tmp_path)
    assert "no interrupt of the port" not in board.console
