# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels of PCs, unmodified, on 1, 2 and 4 CPUs: up to a first process, no warning that
the bare board does not give as well, and off again."""

import itertools
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import payloads  # noqa: E402

PATIENCE = 900  # seconds; four CPUs on two of a busy host
THREADS = {"icount": "", "accel": "tcg,thread=multi"}
BOOTARGS = "console=ttyS0 quiet panic=-1"
KERNELS = ("amd64", "cloud")

# tests/system/demo_x86 has two CPUs on both boards.
PUSH = {
    "qemu_q35_svm_vtd": [("cloud", 4)],
    "qemu_q35_svm_amdvi": [("amd64", 1)],
}
ALL = list(itertools.product(KERNELS, (1, 2, 4)))

# What a guest may warn of though the bare board gives no reason to, and why.
ALLOWED = [
    # A partition without functions has no PCI bus: ports CF8h and CFCh find nobody.
    r"^PCI: Fatal: No config space access function found$",
    r"^PCI: System does not support PCI$",
]


def warnings(console):
    """What a kernel says at level 4 or worse, without what changes from run to run."""
    said = re.findall(r"guest: says (.*)", console)
    return {re.sub(r"0x[0-9a-f]+|\d+", "#", line).strip() for line in said}


def guest_warnings(board, folder, kind, smp):
    source, cpus = payloads.system(folder, [kind], smp, bootargs=BOOTARGS)
    board.start(initrd=board.system_image(source, cpus=cpus), cpus=cpus, timeout=PATIENCE, **THREADS)
    board.expect(rf"\[{kind}\] guest: Linux 6\.1\.\S+ on {smp} CPUs", timeout=PATIENCE)
    board.expect(rf"\[{kind}\] guest: up", timeout=PATIENCE)
    board.expect(rf"partition {kind}: off", timeout=PATIENCE)
    return warnings("\n".join(re.findall(rf"^\[{kind}\] (.*)$", board.console, re.M)))


def bare_warnings(board, folder, kind, smp):
    # On a busy host a CPU's time goes on without it: the check of the timer would fail. KVM's guests
    # leave it out by themselves.
    board.start(kernel=folder / kind, initrd=folder / "initrd", cmdline=f"{BOOTARGS} no_timer_check",
                cpus=smp, memory=256, timeout=PATIENCE, **THREADS)
    board.expect(rf"guest: Linux 6\.1\.\S+ on {smp} CPUs", timeout=PATIENCE)
    board.expect(r"guest: up", timeout=PATIENCE)
    return warnings(board.console)


@pytest.fixture
def folder(request):
    """Where the payloads are: to unpack a kernel takes as long as to boot it."""
    place = request.config.bulkhead_out / "payloads-x86"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.mark.req("BH-PC-003")
@pytest.mark.boards("qemu_q35_svm_vtd", "qemu_q35_svm_amdvi")
def test_debian(board, folder, scope):
    for kind, smp in scope.count(PUSH[board.name], ALL):
        more = guest_warnings(board, folder, kind, smp) - bare_warnings(board, folder, kind, smp)
        more = {line for line in more if not any(re.search(a, line) for a in ALLOWED)}
        assert not more, f"{kind} with {smp} CPUs: {sorted(more)}"
