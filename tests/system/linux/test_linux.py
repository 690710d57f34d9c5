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
LOUD = "console=ttyAMA0 panic=-1"
DEVICES = pathlib.Path(__file__).with_name("machine.dts")
UART = "/pl011@9040000"  # the board's second, whose interrupt is SPI 8
# MiB: in less the bare kernel, whose ramdisk lies in the middle, finds no 64 MiB for CMA.
RAM = 256
# RAM, and where QEMU's loader puts things: what a kernel does depends on it.
AS_BARE = {
    "size = <0x8000000>;": f"size = <{RAM << 20:#x}>;",
    'type = "linux";': 'type = "linux"; load = <0x40200000>;',
    'payload = "initrd";': 'payload = "initrd"; load = <0x48000000>;',
}
SECOND = {"serial1": "file:{run}/second.log"}
MOST = 60000  # millionths; the targets are in targets.yaml

# A minute of a simulator that does 50 million instructions a second.
FIRST_LINE_MOST = 3 * 10**9


def first_line(board):
    """Instructions from reset to the first line on the kernel's console, by Bulkhead's clock and then
    by the kernel's."""
    (started,) = re.findall(r"^\[ *([\d.]+)\] info  partition linux61: runs", board.console, re.M)
    (said,) = re.findall(r"\[ *([\d.]+)\] printk: console \[ttyAMA0\] enabled", board.console)
    return round((float(started) + float(said)) * 1e9)


def said(board, given):
    """What came out of the guest's port."""
    if not given:
        return board.console
    return (board.run.run_dir / "second.log").read_text(errors="replace").replace("\r", "")


def init_time(text):
    """Ticks from the kernel's clock to its first process: instructions."""
    assert "guest: up" in text
    (found,) = re.findall(r"guest: init after ([\d.]+) s$", text, re.M)
    return round(float(found) * 1e9)


def bare(board, folder, given):
    """The kernel's own port where it has it as a guest, and what came out of it."""
    source, tree = folder / "bare.dts", folder / "bare.dtb"
    text = DEVICES.read_text()
    if given:
        text = text.replace("9000000", "9040000").replace("interrupts = <0 1 4>", "interrupts = <0 8 4>")
    source.write_text(text)
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, source], check=True)
    board.start(kernel=folder / "linux61", initrd=folder / "initrd", cmdline=LOUD, memory=RAM,
                machine=BARE.format(gic=3), extra=["-dtb", str(tree)], **ONE, **SECOND)
    board.wait()
    return said(board, given)


def guest(board, folder, given):
    """The same as a guest: an emulated port, or one that is passed through."""
    source, cpus = payloads.system(folder, ["linux61"], 1, LOUD)
    text = source.read_text()
    for ours, theirs in AS_BARE.items():
        text = text.replace(ours, theirs)
    source.write_text(text.replace("console;", f'devices = "{UART}";') if given else text)
    board.start(initrd=board.system_image(source, cpus=cpus), **ONE, **SECOND)
    board.expect(r"partition linux61: off", timeout=600)
    return said(board, given)


def figure(board, folder, metric, given, ours):
    theirs = bare(board, folder, given)
    for text in (ours, theirs):
        assert "found 6 breakpoint and 4 watchpoint registers" in text
        assert "enabled with armv8_pmuv3 PMU driver" in text
    ours, theirs = init_time(ours), init_time(theirs)
    more = round((ours - theirs) * 1e6 / theirs)
    print(f"{metric}: {ours} instructions, bare {theirs}")
    board.figure(metric, "millionths", 1, more, more, more)
    assert more < MOST


@pytest.mark.bench(twice=["qemu_virt_arm64"])
@pytest.mark.req("BH-BENCH-003", "BH-GUEST-003")
def test_what_a_boot_of_linux_costs(board, folder):
    text = guest(board, folder, False)
    first = first_line(board)
    print(f"first line of Linux after {first} instructions")
    assert first <= FIRST_LINE_MOST
    figure(board, folder, "linux_init_vuart", False, text)


@pytest.mark.bench(twice=["qemu_virt_arm64"])
@pytest.mark.req("BH-BENCH-003", "BH-PART-004", "BH-GUEST-004")
def test_a_uart_of_its_own(board, folder, scope, request):
    """Passed through: nothing that Linux says is Bulkhead's to pass on, and it is off in the end."""
    text = guest(board, folder, True)
    assert "1 devices" in board.console and "[linux61]" not in board.console
    assert re.search(r"guest: Linux 6\.1\.\S+ on 1 CPUs", text) and "ttyAMA0 at MMIO 0x9040000" in text
    if scope.full or request.config.getoption("--bench"):
        figure(board, folder, "linux_init_passthrough", True, text)
