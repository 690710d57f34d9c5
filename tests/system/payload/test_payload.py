# SPDX-License-Identifier: Apache-2.0
"""How payloads boot: raw, ELF and Linux, in a system outside the tree, from its signed image."""

import fcntl
import os
import pathlib
import re
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/system/linux"))
import payloads  # noqa: E402

SMP = {"cpus": 4, "icount": "", "accel": "tcg,thread=multi"}

PARTITION = """
	{name} {{
		cpus = <{cpu}>;
		console;
		memory {{ size = <0x600000>; }};
		kernel {{ payload = "{name}"; type = "{type}"; {more} }};
	}};"""
SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads {{ {payloads} }};
	partitions {{ {partitions} }};
}};
"""


def system(folder, *guests):
    """A system source in `folder`: (name, file, type, more of the kernel node)."""
    files = " ".join(f'{name} {{ file = "{file}"; }};' for name, file, _, _ in guests)
    partitions = "".join(PARTITION.format(name=name, cpu=i, type=kind, more=more)
                         for i, (name, _, kind, more) in enumerate(guests))
    source = folder / "mine.dts"
    source.write_text(SYSTEM.format(payloads=files, partitions=partitions))
    return source


@pytest.fixture
def guest(board, tmp_path):
    board.guest("hello", tmp_path)
    return tmp_path


@pytest.mark.req("BH-PAYLOAD-001")
def test_each_type_boots(board, guest):
    """Then all of them have come to their end, and so has the run."""
    source = system(guest, ("raw", "hello-arm64.bin", "raw", ""),
                    ("elf", "hello-arm64.elf", "elf", ""),
                    ("linux", "hello-arm64.bin", "linux", ""),
                    ("high", "hello-arm64.elf", "elf", "load = <0x0 0x40400000>;"))
    board.start(initrd=board.system_image(source, cpus=4), timeout=120, **SMP)
    board.expect(r"every partition has come to its end")
    for name in ("raw", "elf", "linux", "high"):
        said = re.findall(rf"\[{name}\] (.*)$", board.console, re.M)
        assert said[-1] == "guest: passed", (name, said)
        assert f"partition {name}: off" in board.console


@pytest.mark.req("BH-PAYLOAD-001", "BH-PAYLOAD-004")
def test_make_run_boots_every_kind_from_elsewhere(board, guest, request):
    """Beside each other: a raw program, an ELF file, Debian's Linux and its U-Boot."""
    shared = request.config.bulkhead_out / "payloads"  # unpacked there once for all tests
    shared.mkdir(parents=True, exist_ok=True)
    for name in ("linux612", "uboot"):
        (guest / name).symlink_to(payloads.fetch(name, shared))
    payloads.initrd(guest, "arm64")
    small = system(guest, ("raw", "hello-arm64.bin", "raw", ""), ("elf", "hello-arm64.elf", "elf", ""))
    more = (payloads.LINUX.format(name="image", kind="linux612", cpus=2, more="",
                                  bootargs="console=ttyAMA0 quiet panic=-1") +
            payloads.UBOOT.format(name="uboot", kind="uboot", cpus=3))
    text = small.read_text().replace("partitions {", f"partitions {{ {more}")
    for name in ("linux612", "initrd", "uboot"):
        text = text.replace("payloads {", f'payloads {{ {name} {{ file = "{name}"; }};', 1)
    small.write_text(text)
    last = "partition image: off"
    small.with_suffix(".yaml").write_text(f"until: '{last}'\ntimeout: 300\nparameters:\n" +
                                          "".join(f'  {k}: "{v}"\n' for k, v in SMP.items()))
    out = board.build_dir
    with open(out.with_name(out.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = {k: v for k, v in os.environ.items()
                       if k not in ("MAKEFLAGS", "MFLAGS", "BOARD")}
        said = subprocess.run(["make", "-C", SOURCE, f"O={out}", "INSTALL=no", f"SYSTEM={small}",
                               "run"], env=environment, text=True, timeout=400, check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
    for name in ("raw", "elf"):
        assert f"[{name}] guest: passed" in said
    assert re.search(r"^\[image\] guest: Linux 6\.12\.\S+ on 1 CPUs", said, re.M)
    assert re.search(r"^\[uboot\] U-Boot 2025\.", said, re.M)
    assert last in said and len(re.findall(r"partition \w+: runs", said)) == 4


@pytest.mark.req("BH-PAYLOAD-002")
def test_one_that_cannot_boot_keeps_no_other_from_it(board, guest):
    (guest / "junk").write_bytes(b"junk" * 2000)
    source = system(guest, ("elf", "junk", "elf", ""), ("linux", "junk", "linux", ""),
                    ("raw", "hello-arm64.bin", "raw", ""))
    board.start(initrd=board.system_image(source, cpus=4), timeout=120, **SMP)
    board.expect(r"\[raw\] guest: passed")
    assert "partition elf: kernel: payload elf: no ELF file" in board.console
    assert "partition linux: kernel: payload linux: no arm64 Image" in board.console
    assert "1 of 3 partitions can run" in board.console


@pytest.mark.req("BH-PART-005")
def test_one_that_hangs_is_restarted_by_its_watchdog(board, guest):
    """As often as its budget allows; it hangs with its interrupts masked."""
    board.guest("hang", guest)
    source = system(guest, ("hang", "hang-arm64.bin", "linux", ""))
    policy = 'console; on-failure = "restart"; restarts-max = <2>; watchdog-ms = <200>;'
    source.write_text(source.read_text().replace("console;", policy))
    board.start(initrd=board.system_image(source, cpus=4), timeout=60, **SMP)
    board.expect(r"every partition has come to its end")
    assert len(re.findall(r"^\[hang\] hang: now", board.console, re.M)) == 3
    assert len(re.findall(r"its watchdog ran out: restarts", board.console)) == 2
    assert "partition hang: its watchdog ran out: halts" in board.console


@pytest.mark.req("BH-PAYLOAD-003")
def test_u_boot_comes_to_its_prompt(board, tmp_path):
    """Debian's, raw."""
    payloads.fetch("uboot", tmp_path)
    source = system(tmp_path)
    text = source.read_text().replace("partitions {", "partitions {" +
                                      payloads.UBOOT.format(name="uboot", kind="uboot", cpus=0))
    source.write_text(text.replace("payloads {", 'payloads { uboot { file = "uboot"; };'))
    board.start(initrd=board.system_image(source, cpus=4), timeout=60, **SMP)
    board.expect(r"\[uboot\] U-Boot 2\d\d\d\.\d\d")
    board.expect(r"stop autoboot")
    board.send("x")
    board.expect_exact("=> ")
    board.send("poweroff\n")
    board.expect(r"partition uboot: off")
