# SPDX-License-Identifier: Apache-2.0
"""The other ways in: exception levels of arm64, a boot loader on x86."""

import shutil
import subprocess

import pytest

GRUB_CFG = """\
set timeout=0
terminal_output console
menuentry bulkhead {
	multiboot2 /boot/bulkhead.elf
	boot
}
"""


@pytest.mark.req("BH-BOOT-006")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.parametrize("cpu", ["cortex-a57", "max"])
def test_entered_at_el3_drops_to_el2(board, cpu):
    """Without firmware, as from reset: EL3, every CPU at once, no devicetree address."""
    machine = board.parameters["machine"] + ",secure=on"
    board.boot(kernel=board.elf, machine=machine, cpu=f"{cpu},cntfrq=1000000000")
    assert "virtualization: EL2" in board.console
    assert "2 of 2 CPUs up" in board.console


@pytest.mark.req("BH-BOOT-006")
@pytest.mark.boards("qemu_virt_arm64")
def test_entered_at_el1_says_what_to_do(board):
    board.start(machine=board.parameters["machine"].replace("virtualization=on", "virtualization=off"))
    board.expect("entered below EL2 .*Let the boot loader enter at EL2")
    board.expect("halted")


@pytest.mark.req("BH-BOOT-006")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_multiboot2_by_grub(board, tmp_path):
    tree = tmp_path / "iso" / "boot"
    (tree / "grub").mkdir(parents=True)
    (tree / "grub" / "grub.cfg").write_text(GRUB_CFG)
    shutil.copy(board.elf, tree)
    iso = tmp_path / "bulkhead.iso"
    subprocess.run(["grub-mkrescue", "-o", iso, tmp_path / "iso"], check=True, timeout=120,
                   stdin=subprocess.DEVNULL, capture_output=True)
    board.start(kernel="", extra=["-drive", f"if=none,id=cd,format=raw,media=cdrom,file={iso}",
                                  "-device", "ide-cd,drive=cd,bus=ide.0"])
    board.expect("boot complete")
    assert "2 of 2 CPUs up" in board.console
