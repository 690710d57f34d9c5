# SPDX-License-Identifier: Apache-2.0
"""Third-party payloads, fetched by recipe, and systems made of them."""

import contextlib
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
SCRIPTS = SOURCE / "scripts"
INIT = pathlib.Path(__file__).with_name("init")
CACHE = os.environ.get("CACHE") or pathlib.Path.home() / ".cache/bulkhead"

# Suite, machine, package, tested version, file in it.
DEBIAN = {
    "linux61": ("bookworm", "arm64", "linux-image-arm64", "6.1.176-1", "boot/vmlinuz-*"),
    "linux612": ("trixie", "arm64", "linux-image-cloud-arm64", "6.12.107-1", "boot/vmlinuz-*"),
    "uboot": ("trixie", "arm64", "u-boot-qemu", "2025.01-3+deb13u1",
              "usr/lib/u-boot/qemu_arm64/u-boot.bin"),
    "busybox-arm64": ("bookworm", "arm64", "busybox-static", "1:1.35.0-4+deb12u1+b1",
                      "bin/busybox"),
    "amd64": ("bookworm", "amd64", "linux-image-amd64", "6.1.176-1", "boot/vmlinuz-*"),
    "cloud": ("bookworm", "amd64", "linux-image-cloud-amd64", "6.1.176-1", "boot/vmlinuz-*"),
    "busybox-amd64": ("bookworm", "amd64", "busybox-static", "1:1.35.0-4+deb12u1+b1",
                      "bin/busybox"),
}


def fetch(name, folder):
    """The one file of a package, as `folder`/`name`."""
    suite, machine, package, tested, file = DEBIAN[name]
    apart = folder / f"{name}.deb"
    subprocess.run([SCRIPTS / "fetch-deb.sh", CACHE, suite, machine, package, tested, apart, file],
                   check=True, timeout=300, stderr=subprocess.PIPE)
    (found,) = [f for f in apart.iterdir() if not f.name.startswith(".")]
    with contextlib.suppress(FileExistsError):
        (folder / name).symlink_to(found)
    return folder / name


def initrd(folder, machine):
    """busybox and the first process, as `folder`/initrd."""
    busybox = fetch(f"busybox-{machine}", folder)
    own = folder / f"initrd.{os.getpid()}"
    subprocess.run([sys.executable, SCRIPTS / "initramfs.py", "--out", own,
                    f"init={INIT}", f"bin/busybox={busybox}", "proc/"], check=True, timeout=60)
    return own.replace(folder / "initrd")


LINUX = """
	{name} {{
		cpus = <{cpus}>;
		bootargs = "{bootargs}";
		console;
		memory {{ size = <0x8000000>; }};
		kernel {{ payload = "{kind}"; type = "linux"; }};
		ramdisk {{ payload = "initrd"; }};
		{more}
	}};"""

# U-Boot looks for its environment in the flash of QEMU's machine: there is RAM.
UBOOT = """
	{name} {{
		cpus = <{cpus}>;
		console;
		memory {{ size = <0x8000000>; }};
		memory@4000000 {{ size = <0x80000>; }};
		kernel {{ payload = "{kind}"; type = "raw"; }};
	}};"""

SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads {{ {payloads} }};
	partitions {{ {partitions}
	}};
}};
"""


def system(folder, kinds, smp, bootargs="console=ttyAMA0 quiet panic=-1", more=""):
    """Source of a system in `folder`: a partition for each of `kinds`, named as it is, with `smp`
    CPUs each; U-Boot has one. Answers (source, CPUs of the machine). Tests that run at the same
    time may share the folder."""
    payloads, partitions, cpu = set(), "", 0
    for kind in kinds:
        count = 1 if kind == "uboot" else smp
        payloads |= {kind} if kind == "uboot" else {kind, "initrd"}
        cpus = " ".join(str(cpu + i) for i in range(count))
        partitions += (UBOOT if kind == "uboot" else LINUX).format(
            name=kind, kind=kind, cpus=cpus, bootargs=bootargs, more=more)
        cpu += count
    for name in payloads:
        if name == "initrd":
            initrd(folder, DEBIAN[kinds[0]][1])
        else:
            fetch(name, folder)
    source = folder / f"guests-{os.getpid()}.dts"
    source.write_text(SYSTEM.format(
        payloads=" ".join(f'{p} {{ file = "{p}"; }};' for p in sorted(payloads)),
        partitions=partitions))
    return source, cpu
