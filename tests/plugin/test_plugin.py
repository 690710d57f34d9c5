# SPDX-License-Identifier: Apache-2.0
"""The emulator plugin and what is made of its output, checked with a guest whose figures are known."""

import pathlib
import subprocess
import sys

import pytest
from elftools.elf.elffile import ELFFile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))
import coverage  # noqa: E402
import emulator_plugin as plugin  # noqa: E402
import lcov  # noqa: E402

# tests/guest/count/main.c: 4 + 2 x 1000 instructions between the labels, three times.
SPAN = plugin.Span(n=3, min=2004, max=2004, sum=3 * 2004)
# The arm64 guest is position independent: QEMU's virt puts it at RAM + 2 MiB.
LOAD = {"arm64": 0x40200000, "x86": 0}

BOARDS = pytest.mark.boards("qemu_virt_arm64", "qemu_virt_arm64/smp", "qemu_q35_svm_vtd")


class Guest:
    def __init__(self, out, arch):
        subprocess.run(["make", "-s", "-C", HERE.parent / "guest", f"ARCH={arch}", "GUEST=count",
                        f"OUTPUT={out}", "BARE=y"], check=True, timeout=120)
        self.elf = out / f"count-{arch}.elf"
        self.image = out / f"count-{arch}.bin" if arch == "arm64" else self.elf
        with open(self.elf, "rb") as file:
            elf = ELFFile(file)
            table = elf.get_section_by_name(".symtab")
            self.symbols = {s.name: s["st_value"] + LOAD[arch] for s in table.iter_symbols()}
        self.text = tuple(a + LOAD[arch] for a in plugin.text_of(self.elf))


@pytest.fixture
def guest(board, tmp_path):
    return Guest(tmp_path, board.arch)


def run(board, guest, tmp_path, **arguments):
    library = plugin.build(tmp_path)
    board.start(kernel=guest.image, cpus=1,
                extra=plugin.arguments(library, guest.text, **arguments))
    board.expect_passed()


@pytest.mark.req("BH-TEST-004")
@BOARDS
def test_counts_are_exact(board, guest, tmp_path):
    counts = tmp_path / "counts"
    span = (guest.symbols["count_from"], guest.symbols["count_to"])
    run(board, guest, tmp_path, counts=counts, spans=[span])
    retired, spans = plugin.read_counts(counts)
    assert spans == {(0, 0): SPAN}
    assert list(retired) == [0] and retired[0] > SPAN.sum


@pytest.mark.req("BH-TEST-004")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_lines_that_ran(board, guest, tmp_path):
    """The lcov file names as run what ran, and only that."""
    blocks = tmp_path / "blocks"
    run(board, guest, tmp_path, blocks=blocks)
    lines = coverage.collect([(guest.elf, [blocks])], prefixes=["tests/guest/"])
    source = (HERE.parent / "guest" / "count" / "main.c").read_text().splitlines()
    counts = lines["tests/guest/count/main.c"]

    def ran(text):
        return bool(counts[1 + next(i for i, line in enumerate(source) if text in line)])

    assert ran("guest_exit(0);")
    assert not ran('guest_printf("count: never')
    lcov.write(lines, tmp_path, HERE.parent.parent)
    assert "end_of_record" in (tmp_path / "coverage.info").read_text()
    assert "tests/guest/count/main.c  did not run: " in (tmp_path / "coverage.txt").read_text()


@pytest.mark.req("BH-TEST-004")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_bad_argument_is_named(board, tmp_path):
    library = plugin.build(tmp_path)
    guest = Guest(tmp_path, "x86")
    board.start(kernel=guest.image, extra=["-plugin", f"{library},speed=fast"])
    assert board.wait().outcome == "broken"
    log = (board.run.run_dir / "emulator.log").read_text()
    assert "plugin: bad argument: speed=fast" in log
