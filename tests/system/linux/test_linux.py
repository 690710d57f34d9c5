# SPDX-License-Identifier: Apache-2.0
"""Unmodified guests from Debian: kernels 6.1 and 6.12, U-Boot; alone and in pairs, on 1, 2 and 4
CPUs, GICv2 and GICv3, three CPUs. Each kernel warns of nothing that it does not warn of on the bare
machine."""

import itertools
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import payloads  # noqa: E402

MACHINE = "virt-10.0,virtualization=on,gic-version={gic},iommu=smmuv3,dtb-randomness=off"
BARE = "virt-10.0,gic-version={gic},dtb-randomness=off"
PATIENCE = 900  # seconds; four CPUs a kernel on two of a busy host
THREADS = {"icount": "", "accel": "tcg,thread=multi"}
CPU = {"a57": "cortex-a57", "a76": "cortex-a76", "max": "max,pauth-impdef=on"}
SYSTEMS = [("linux61",), ("linux612",), ("uboot",), ("linux61", "linux612"), ("linux61", "uboot"),
           ("linux612", "uboot")]

# Every two of CPUs, GIC and CPU model meet, and every system meets both GICs.
PUSH = {
    ("linux61",): [(1, 3, "a57"), (4, 2, "a76")],
    ("linux612",): [(2, 2, "max"), (4, 3, "max")],
    ("uboot",): [(1, 2, "a57"), (1, 3, "a76")],
    ("linux61", "linux612"): [(2, 3, "a76"), (1, 2, "a76")],
    ("linux61", "uboot"): [(2, 2, "a57")],
    ("linux612", "uboot"): [(4, 3, "a57")],
}
ALL = list(itertools.product((1, 2, 4), (2, 3), CPU))

# What a guest may warn of though the bare machine gives no reason to, and why.
ALLOWED = [
    # Neither firmware's table nor its devicetree says what the caches are.
    r"cacheinfo: Unable to detect cache hierarchy",
    # A CPU of the simulator had to wait for one of the host.
    r"hrtimer: interrupt took # ns",
]


def name_of(kinds):
    return "+".join(kinds)


def warnings(console):
    """What a kernel says at level 4 or worse, without what changes from run to run."""
    said = re.findall(r"guest: says (.*)", console)
    return {re.sub(r"0x[0-9a-f]+|\d+", "#", line) for line in said}


def bare_warnings(board, folder, kind, smp, gic, cpu):
    board.start(kernel=folder / kind, initrd=folder / "initrd", cmdline="console=ttyAMA0 quiet",
                machine=BARE.format(gic=gic), cpu=CPU[cpu], cpus=smp, memory=256, timeout=PATIENCE,
                **THREADS)
    board.expect(r"guest: up", timeout=PATIENCE)
    return warnings(board.console)


def come_up(board, kinds, smp):
    """Waits for all of them, whoever is first."""
    for kind in kinds:
        what = rf"\[{kind}\] " + ("U-Boot 2025" if kind == "uboot" else "guest: up")
        assert board.run.console.wait_for(what.encode(), PATIENCE), f"{kind} did not come up"
        if kind != "uboot":
            release = kind.removeprefix("linux").replace("6", "6.", 1)
            assert re.search(rf"\[{kind}\] guest: Linux {release}\.\S+ on {smp} CPUs", board.console)
            assert board.run.console.wait_for(rf"partition {kind}: off".encode(), PATIENCE)


def boots(board, folder, kinds, smp, gic, cpu):
    source, cpus = payloads.system(folder, kinds, smp)
    board.start(initrd=board.system_image(source, cpus=cpus), cpus=cpus, cpu=CPU[cpu],
                machine=MACHINE.format(gic=gic), timeout=PATIENCE, **THREADS)
    come_up(board, kinds, smp)
    said = {k: warnings("\n".join(re.findall(rf"^\[{k}\] (.*)$", board.console, re.M)))
            for k in kinds if k != "uboot"}
    for kind, lines in said.items():
        more = lines - bare_warnings(board, folder, kind, smp, gic, cpu)
        more = {line for line in more if not any(re.search(a, line) for a in ALLOWED)}
        assert not more, f"{kind} with {smp} CPUs, GICv{gic}, {cpu}: {sorted(more)}"


@pytest.fixture
def folder(request):
    """Where the payloads are: to unpack a kernel takes as long as to boot it."""
    place = request.config.bulkhead_out / "payloads"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.mark.req("BH-GUEST-001", "BH-GUEST-002")
@pytest.mark.parametrize("kinds", SYSTEMS, ids=name_of)
def test_debian(board, folder, scope, kinds):
    for smp, gic, cpu in scope.count(PUSH[kinds], ALL):
        boots(board, folder, kinds, smp, gic, cpu)


ONE = {"cpus": 1, "cpu": "cortex-a57,cntfrq=1000000000", "timeout": 600}
LOUD, QUIET = "console=ttyAMA0 panic=-1", "console=ttyAMA0 quiet panic=-1"
DEVICES = pathlib.Path(__file__).with_name("machine.dts")
MOST = 60000  # millionths; the targets are in targets.yaml


# A minute of a simulator that does 50 million instructions a second.
FIRST_LINE_MOST = 3 * 10**9


def first_line(board):
    """Instructions from reset to the first line on the kernel's console, by Bulkhead's clock and then
    by the kernel's."""
    (started,) = re.findall(r"^\[ *([\d.]+)\] info  partition linux61: runs", board.console, re.M)
    (said,) = re.findall(r"\[ *([\d.]+)\] printk: console \[ttyAMA0\] enabled", board.console)
    return round((float(started) + float(said)) * 1e9)


def init_time(board):
    """Ticks from the kernel's clock to its first process: instructions."""
    board.expect(r"guest: up", timeout=600)
    (found,) = re.findall(r"guest: init after ([\d.]+) s$", board.console, re.M)
    return round(float(found) * 1e9)


@pytest.mark.bench
@pytest.mark.req("BH-BENCH-003", "BH-GUEST-003")
def test_what_a_boot_of_linux_costs(board, folder, scope, request):
    """Its console shown, and quiet: then its UART is as good as passed through."""
    ways = {"linux_init_vuart": LOUD, "linux_init_passthrough": QUIET}
    tree = folder / "machine.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, DEVICES], check=True)
    if not scope.full and not request.config.getoption("--bench"):
        ways.pop("linux_init_passthrough")
    for metric, bootargs in ways.items():
        source, cpus = payloads.system(folder, ["linux61"], 1, bootargs)
        image = board.system_image(source, cpus=cpus)
        board.start(initrd=image, **ONE)
        guest = init_time(board)
        if bootargs == LOUD:
            first = first_line(board)
            print(f"first line of Linux after {first} instructions")
            assert first <= FIRST_LINE_MOST
        board.start(kernel=folder / "linux61", initrd=folder / "initrd", cmdline=bootargs,
                    machine=BARE.format(gic=3), memory=128, extra=["-dtb", str(tree)], **ONE)
        bare = init_time(board)
        more = round((guest - bare) * 1e6 / bare)
        print(f"{metric}: {guest} instructions, bare {bare}")
        board.figure(metric, "millionths", 1, more, more, more)
        assert more < MOST
