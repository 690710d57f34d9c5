# SPDX-License-Identifier: Apache-2.0
"""Which ways the branches of what guests can reach were gone, by the guests that attack it."""

import pathlib
import subprocess

import coverage
import emulator_plugin as plugin
import pytest

HERE = pathlib.Path(__file__).resolve().parent
SYSTEMS = HERE.parent
GUESTS = HERE.parents[1] / "guest"
THREADS = {"icount": "", "accel": "tcg,thread=multi"}

# Ways gone of a hundred that a handler has, at least; which are missing is printed by line. 90 is the
# aim. Those far below it have more ways than guests of this folder and tests/system/calls try: host
# tests (tests/unit), fuzzers and the guest of tests/system/vgic go there.
LEAST = {
    "core/vm/hypercall.c": 100,
    "core/vm/trap.c": 25,
    "core/vm/memory.c": 60,
    "core/vm/mmio.c": 57,
    "core/vm/vpl011.c": 58,
    "core/vm/power.c": 42,
    "core/svc/channel.c": 55,
    "core/svc/manage.c": 60,
    "core/svc/handle.c": 73,
    "arch/arm64/virt/psci.c": 74,
    "arch/arm64/virt/smccc.c": 61,
    "arch/arm64/virt/trng.c": 78,
    "arch/arm64/virt/sysreg.c": 66,
    "arch/arm64/virt/idregs.c": 75,
    "arch/arm64/virt/fault.c": 58,
    "arch/arm64/virt/exit.c": 55,
    "arch/arm64/virt/decode.c": 67,
    "arch/arm64/virt/insn.c": 52,
    "arch/arm64/virt/fetch.c": 56,
    "arch/arm64/virt/vgic.c": 10,
    "arch/arm64/virt/vgic_fast.c": 10,
    "arch/arm64/virt/vgic_model.c": 22,
    "arch/arm64/virt/vgic_regs.c": 46,
    "arch/arm64/virt/vgic_v3.c": 10,
}


def blocks(board, source, cpus, guests, library, folder):
    """Runs a system to its end under the plugin: the file of the blocks that ran."""
    for guest in guests:
        subprocess.run(["make", "-s", "-C", GUESTS, "ARCH=arm64", f"GUEST={source.parent / guest}",
                        f"OUTPUT={folder}"], check=True, timeout=120)
        (folder / f"{guest}.bin").symlink_to(folder / f"{guest}-arm64.bin")
    (folder / source.name).write_text(source.read_text().replace("100000", "20000"))
    image = board.system_image(folder / source.name, cpus=cpus)
    ran = folder / f"{source.stem}.blocks"
    board.start(initrd=image, cpus=cpus, timeout=600, **THREADS,
                extra=plugin.arguments(library, plugin.text_of(board.elf), blocks=ran))
    board.expect(rf"partition {source.stem}: off", timeout=600)
    board.run.stop()
    board.run.wait()
    return ran


@pytest.mark.req("BH-CALL-005")
@pytest.mark.boards("qemu_virt_arm64/max")
def test_branches_of_handlers(board, tmp_path):
    library = plugin.build(tmp_path)
    ran = [blocks(board, SYSTEMS / "attack/attack.dts", 5, ["attack", "state"], library, tmp_path),
           blocks(board, SYSTEMS / "calls/calls.dts", 4, ["calls", "peer"], library, tmp_path)]
    report = coverage.branch_report(coverage.branches(board.elf, ran), LEAST)
    lines = [f"{100 * gone / every:5.1f} % of {every:3}, at least {LEAST[name]:3}  {name}"
             f"  not every way: {coverage.spans(missed)}"
             for name, (gone, every, missed) in report.items() if every]
    print("\n".join(lines))
    assert len(lines) == len(LEAST)
    assert not [n for n, (gone, every, _) in report.items() if 100 * gone < LEAST[n] * every]
