# SPDX-License-Identifier: Apache-2.0
"""Multiboot images, each bare on the board and as a guest: both end with the status that
<board>.yaml says, and both say the same. IMAGES= names a list of one's own (docs/testing.md)."""

import os
import pathlib
import re
import struct
import subprocess

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
GUESTS = SOURCE / "tests/guest"
VERDICT = re.compile(r"^(?:\[image\] )?((?:PASS|FAIL|SKIP|SUMMARY)\b.*?)\s*$", re.M)
HANGS = "hangs"
KEYS = {"recipe", "file", "arguments", "environment", "cpus", "memory", "seconds", "bare", "guest",
        "differs", "scope", "why"}

SYSTEM = """/dts-v1/;
/ {{
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads {{
		image {{ file = "image"; }};
		environment {{ file = "environment"; }};
	}};
	partitions {{
		image {{
			cpus = <{cpus}>;
			bootargs = "{arguments}";
			console;
			ports = <0xf4 0xf7 0x8900 0x8900>;
			memory {{ size = <{memory:#x}>; }};
			kernel {{ payload = "image"; type = "multiboot"; }};
			ramdisk {{ payload = "environment"; }};
		}};
	}};
}};
"""


SHARED = """/dts-v1/;
/ {
	compatible = "bulkhead,system";
	bulkhead,rollback-index = <1>;
	payloads { image { file = "image"; }; };
	partitions {
		a: a {
			cpus = <0 1>;
			console;
			memory { size = <0x4000000>; };
			kernel { payload = "image"; type = "multiboot"; };
		};
		b: b {
			cpus = <0 1>;
			console;
			memory { size = <0x4000000>; };
			kernel { payload = "image"; type = "multiboot"; };
		};
	};
	schedules { turns { cpus = <0 1>; windows = <&a>, <&b>; window-us = <300>, <500>; }; };
};
"""


def lists(board):
    """{name: what to do with it} of the board's list, and of one's own."""
    found = {}
    for path in (HERE / f"{board}.yaml", *map(pathlib.Path, os.environ.get("IMAGES", "").split())):
        images = yaml.safe_load(path.read_text())["images"]
        for name, image in images.items():
            assert not set(image) - KEYS, f"{path}: {name}: {sorted(set(image) - KEYS)} is no key"
            assert ("file" in image) != ("recipe" in image), f"{path}: {name}: file or recipe"
            if "file" in image:
                image["file"] = path.parent / os.path.expandvars(image["file"])
        found |= images
    return found


def prepare(image, folder, built):
    """The image (of a recipe: made in `built`), what goes with it, and a system for it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = image.get("file")
    if file is None:
        subprocess.run(["make", "-s", "-C", GUESTS, "ARCH=x86", f"GUEST={HERE / image['recipe']}",
                        f"OUTPUT={built}", "BARE=y", "MULTIBOOT=y", "CC=gcc"], check=True, timeout=300)
        file = built / f"{image['recipe']}.multiboot"
    (folder / "image").write_bytes(file.read_bytes())
    (folder / "environment").write_text("".join(
        f"{k}={v}\n" for k, v in image.get("environment", {}).items()) or "NONE=1\n")
    cpus = " ".join(str(i) for i in range(image.get("cpus", 1)))
    (folder / "image.dts").write_text(SYSTEM.format(
        cpus=cpus, arguments=image.get("arguments", ""), memory=image.get("memory", 64) << 20))


def carried(board, folder, image):
    """A raw disk that boots the image without a loader: bare/carry.S with its table."""
    data = (folder / "image").read_bytes()
    elf, flat = folder / "carry.elf", folder / "carry.bin"
    include = ["-D__ASSEMBLY__", "-I", SOURCE / "arch/x86/include"]
    subprocess.run(["x86_64-linux-gnu-gcc", "-m32", "-c", *include, "-o", folder / "carry.o",
                    HERE / "bare/carry.S"], check=True)
    subprocess.run(["x86_64-linux-gnu-ld", "-m", "elf_i386", "-Ttext", "0x200000", "-e", "0",
                    "--build-id=none", "-o", elf, folder / "carry.o"], check=True)
    subprocess.run(["x86_64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", elf, flat], check=True)
    out = bytearray(flat.read_bytes())

    def put(more):
        at = 0x200000 + len(out)
        out.extend(more + bytes(-len(more) % 16))
        return at

    entry, phoff = struct.unpack_from("<II", data, 24)
    size, count = struct.unpack_from("<HH", data, 42)
    heads = [struct.unpack_from("<8I", data, phoff + i * size) for i in range(count)]
    loads = [h for h in heads if h[0] == 1 and h[5]]
    assert len(loads) <= 8 and all(h[3] >= 0x400000 for h in loads)
    environment = (folder / "environment").read_bytes()
    words = [entry, put(f"image {image.get('arguments', '')}\0".encode()), put(environment),
             len(environment), len(loads)]
    for _, offset, _, place, filled, room, _, _ in loads:
        words += [put(data[offset:offset + filled]), place, filled, room]
    struct.pack_into(f"<{len(words)}I", out, 32, *words)
    flat.write_bytes(out)
    boot = board.build_dir / "obj/arch/x86/boot/disk.bin"
    subprocess.run(["/usr/bin/python3", SOURCE / "arch/x86/boot/mkdisk.py", boot, flat,
                    folder / "carry.img"], check=True)
    return folder / "carry.img"


def ended(board):
    """How the run ended, and what its lines say."""
    result = board.wait()
    status = HANGS if result.outcome == "timeout" else result.status
    return status, VERDICT.findall(board.console)


def run_bare(board, folder, image):
    seconds = image.get("seconds", 600)
    if board.emulator == "bochs":
        board.start(disk=carried(board, folder, image), cpus=image.get("cpus", 1), timeout=seconds)
    else:
        board.start(kernel=folder / "image", initrd=folder / "environment",
                    cmdline=image.get("arguments", ""), cpus=image.get("cpus", 1), timeout=seconds)
    return ended(board)


def run_guest(board, folder, image):
    cpus = image.get("cpus", 1)
    board.start(initrd=board.system_image(folder / "image.dts", cpus=cpus), cpus=cpus,
                timeout=image.get("seconds", 600))
    return ended(board)


def unlike(bare, guest, differs):
    """Lines that only one of the two says, but for those that are expected to differ; and what is
    expected to and does not."""
    more = [f"bare: {line}" for line in bare if line not in guest]
    more += [f"guest: {line}" for line in guest if line not in bare]
    wrong = [line for line in more if not any(re.search(d, line) for d in differs)]
    return wrong + [f"no such difference: {d}" for d in differs
                    if not any(re.search(d, line) for line in more)]


@pytest.mark.req("BH-PC-005", "BH-PC-006")
def test_an_image_ends_as_a_guest_as_it_ends_bare(board, request, scope, tmp_path):
    wrong = []
    for name, image in lists(board.name).items():
        if image.get("scope") == "full" and not scope.full:
            continue
        folder = tmp_path / name
        prepare(image, folder, request.config.bulkhead_out / "images")
        bare, guest = run_bare(board, folder, image), run_guest(board, folder, image)
        print(f"{name}: bare {bare[0]}, {len(bare[1])} verdicts; guest {guest[0]}, {len(guest[1])}")
        for where, found in (("bare", bare), ("guest", guest)):
            if found[0] != image[where]:
                wrong.append(f"{name}: {where}: ended with {found[0]}, listed is {image[where]}")
        wrong += [f"{name}: {line}" for line in unlike(bare[1], guest[1], image.get("differs", {}))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.req("BH-VAPIC-002")
@pytest.mark.boards("qemu_q35_svm_vtd")
def test_interrupts_where_vcpus_outnumber_cpus(board, request, tmp_path):
    """Two of the image, of two vcpus each, take turns on two CPUs: not one command is lost."""
    prepare({"recipe": "apic"}, tmp_path, request.config.bulkhead_out / "images")
    (tmp_path / "image.dts").write_text(SHARED)
    board.start(initrd=board.system_image(tmp_path / "image.dts", cpus=2), cpus=2, timeout=300)
    for _ in range(2):
        board.expect(r"\[[ab]\] guest: (passed|failed \d+)", timeout=300)
    for name in ("a", "b"):
        said = re.findall(rf"^\[{name}\] (?:FAIL|guest): ?.*$", board.console, re.M)
        assert said == [f"[{name}] guest: passed"], said
