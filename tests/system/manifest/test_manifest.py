# SPDX-License-Identifier: Apache-2.0
"""Every rule of the manifest, broken: host and board read the same trees and say the same."""

import argparse
import fcntl
import json
import os
import pathlib
import re
import resource
import struct
import subprocess
import sys
import xml.dom.minidom

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
sys.path[:0] = [str(SOURCE / "scripts"), str(HERE)]
import check  # noqa: E402
from vectors import GOOD, GOOD_OF, VECTORS  # noqa: E402

SLOT = "0x4000000:0x4000000"  # the flash bank that qemu_virt_arm64 looks into for an image
BOARDS = {"arm64": "qemu_virt_arm64", "x86": "qemu_q35_svm_vtd"}


def ids(vectors):
    seen = {}
    for v in vectors:
        seen[v.rule] = seen.get(v.rule, 0) + 1
        yield f"{v.rule}-{seen[v.rule]}"


def make(out, *words, status=0):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "BOARD", "O")}
    done = subprocess.run(["make", "-C", SOURCE, f"O={out}", "INSTALL=no", *words], env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=180, check=False)
    assert done.returncode == status, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def tool(request, tmp_path_factory):
    """The host's checker; workers of one run share it."""
    out = pathlib.Path(request.config.bulkhead_out) / "manifest"
    out.mkdir(parents=True, exist_ok=True)
    with open(out.with_name("manifest.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(out, "BOARD=qemu_virt_arm64", "check", f"SYSTEM={SOURCE}/systems/hello/hello.dts")
    return out / "tools/manifest-check"


def judge(tool, source, board="qemu_virt_arm64", wanted=""):
    return check.check(argparse.Namespace(system=source, board=board, roots="", tool=tool, set=wanted,
                                          files="", slot=SLOT))


@pytest.fixture
def system(tmp_path):
    (tmp_path / "image.bin").write_bytes(b"x")
    return tmp_path / "system.dts"


@pytest.mark.req("BH-MANIFEST-001")
@pytest.mark.parametrize("arch", BOARDS)
def test_a_good_manifest_is_accepted(tool, system, arch):
    system.write_text(GOOD_OF[arch])
    broken, report = judge(tool, system, BOARDS[arch])
    assert broken == []
    assert [p["name"] for p in report["partitions"]] == ["a", "b"]


@pytest.mark.req("BH-MANIFEST-002")
@pytest.mark.parametrize("v", VECTORS, ids=ids(VECTORS))
def test_a_broken_rule_is_named_on_the_host(tool, system, v):
    system.write_text(v.source)
    broken, _ = judge(tool, system, BOARDS[v.arch])
    text = v.text.replace("the board", f"board {BOARDS[v.arch]}")
    found = [line for line in broken if text in line and line.endswith(f"[{v.rule}]") and
             f": {check.spoken(v.node)}: " in line]
    assert len(found) == 1, "\n".join(broken)
    if v.property:
        assert f": {v.property}: " in found[0]
    if v.line:
        assert found[0].startswith(f"{system}:{v.line}: "), found[0]


@pytest.mark.req("BH-MANIFEST-002")
def test_every_rule_has_a_vector(tool):
    done = subprocess.run([tool, "binding"], capture_output=True, text=True, check=True)
    rules = {r["name"] for r in json.loads(done.stdout)["rules"]}
    elsewhere = {"tree", "twice", "device-whole", "device-interrupt", "payload-size"}  # tests/unit/manifest
    assert {v.rule for v in VECTORS} | elsewhere == rules


def container(vectors):
    """What the program on the board reads: how many, their sizes, the trees, each at 8."""
    blobs = [subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=v.encode(),
                            stdout=subprocess.PIPE, check=True).stdout for v in vectors]
    head = struct.pack(f"<4sI{len(blobs)}I", b"BHMV", len(blobs), *map(len, blobs))
    out = head + bytes(-len(head) % 8)
    for blob in blobs:
        out += blob + bytes(-len(blob) % 8)
    return out


@pytest.mark.req("BH-MANIFEST-002")
def test_the_board_says_the_same(board, tmp_path):
    mine = [v for v in VECTORS if v.arch == board.arch]
    file = tmp_path / "vectors.bin"
    file.write_bytes(container([GOOD_OF[board.arch], *(v.source for v in mine)]))
    board.start(initrd=file)
    board.expect_passed()
    said = {}
    for m in re.finditer(r"vector (\d+): (.*)$", board.console.replace("\r", ""), re.M):
        said.setdefault(int(m[1]), []).append(m[2])
    assert said[0] == ["accepted"]
    for n, v in enumerate(mine, 1):
        where = v.node + (f": {v.property}" if v.property else "")
        assert f"{v.rule} at {where}" in said[n], (v, said[n])
        assert any(line.startswith(v.text) for line in said[n]), (v, said[n])


def partitions(count):
    """A manifest of so many partitions, each with all that most have."""
    text = "".join(
        f"p{n}: p{n} {{ cpus = <{n}>; console; bootargs = \"console=ttyAMA0\"; "
        "memory@40000000 { size = <0x1000000>; }; "
        "kernel { payload = \"image\"; type = \"raw\"; }; ramdisk { payload = \"image\"; }; };"
        for n in range(count))
    return GOOD[:GOOD.index("\t\ta: a {")] + text + "}; };\n"


@pytest.mark.bench
@pytest.mark.req("BH-MANIFEST-003")
def test_reading_a_manifest_is_quick(board, tmp_path):
    file = tmp_path / "vectors.bin"
    file.write_bytes(container([partitions(4), partitions(16)]))
    board.start(initrd=file)
    board.expect_passed()
    figures = {int(m[1]): int(m[2]) for m in
               re.finditer(r"bench manifest_(\d+)_partitions instructions 1 - (\d+) -", board.console)}
    assert set(figures) == {4, 16}
    assert figures[4] < 150000 and figures[16] < 400000


@pytest.mark.req("BH-MANIFEST-004")
def test_the_report_says_who_has_what(tool, system, tmp_path):
    system.write_text(GOOD)
    said = make(tool.parents[1], "check", f"SYSTEM={system}")
    for text in ("partition a\n  CPUs        0\n", "device      0x009010000 to 0x009010fff  /pl031@9010000"
                 "  interrupts 34", "channel ab: a (interrupt 64) - b (interrupt 64)",
                 "quota       15 tables", "CPUs         0 a, 1 b", "Bulkhead has /flash@0, /intc@8000000"):
        assert text in said, said
    svg = (tool.parents[1] / "check/system.svg").read_text()
    assert xml.dom.minidom.parseString(svg).documentElement.tagName == "svg"
    assert all(f">{name}<" in svg for name in ("a", "b", "Bulkhead", "shm", "ab"))


@pytest.mark.req("BH-MANIFEST-004")
def test_checking_takes_less_than_two_seconds(tool):
    """Of a CPU's time: what else the machine does is not ours."""
    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    before = spent()
    make(tool.parents[1], "check", f"SYSTEM={SOURCE}/systems/hello/hello.dts")
    assert spent() - before < 2


@pytest.mark.req("BH-MANIFEST-005")
def test_the_rest_is_what_nobody_else_has(tool, system):
    system.write_text(GOOD.replace("cpus = <1>;", 'cpus = "rest"; devices = "rest";')
                      .replace("size = <0x1000000>;", 'size = "rest";', 1))
    broken, report = judge(tool, system, wanted="cpus=4 memory=512")
    assert broken == []
    a, b = report["partitions"]
    assert (a["cpus"], b["cpus"]) == ([0], [1, 2, 3])
    assert [d["path"] for d in b["devices"]] == ["/pl061@9030000", "/pl011@9040000"]
    assert (400 << 20) < a["memory"][0]["size"] < (500 << 20)


@pytest.mark.req("BH-MANIFEST-002")
def test_a_payload_that_does_not_fit_is_named(tool, system):
    system.write_text(GOOD.replace("size = <0x1000000>;", "size = <0x1000>;", 1))
    (system.parent / "image.bin").write_bytes(bytes(4097))
    broken, _ = judge(tool, system)
    line = GOOD.split("\n").index('\t\t\tkernel { payload = "image"; type = "raw"; };') + 1
    assert broken == [f"{system}:{line}: partition a: kernel: payload: image: 0x1001 bytes for a memory "
                      "of 0x1000; give the partition more memory [payload-size]"]


@pytest.mark.req("BH-MANIFEST-002")
def test_a_payload_file_that_is_not_there_is_named(tool, system):
    system.write_text(GOOD)
    (system.parent / "image.bin").unlink()
    broken, _ = judge(tool, system)
    assert broken == [f"{system}:8: payload image: file: image.bin is not in {system.parent}; "
                      "put it there"]


@pytest.mark.req("BH-MANIFEST-001")
def test_what_is_refused_is_not_signed(tool, system):
    system.write_text(GOOD.replace("cpus = <1>;", "cpus = <0>;"))
    out = tool.parents[1]
    (out / "system.itb").unlink(missing_ok=True)
    said = make(out, "image", f"SYSTEM={system}", status=2)
    assert "CPU 0 belongs to partition a" in said and "nothing was signed" in said
    assert not (out / "system.itb").exists()


@pytest.mark.req("BH-MANIFEST-001")
@pytest.mark.boards("qemu_virt_arm64")
def test_a_system_for_a_larger_board_does_not_run_on_this_one(board, system, tmp_path):
    """Signed for four CPUs, booted on two: the board says what is wrong and lives on."""
    system.write_text(GOOD.replace("cpus = <1>;", "cpus = <3>;"))
    out = board.build_dir
    with open(out.with_name(out.name + ".lock"), "w") as lock:  # the one that builds there take
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(out, "image", f"SYSTEM={system}", "SET=cpus=4")
        file = tmp_path / "system.itb"
        file.write_bytes((out / "system.itb").read_bytes())
    board.boot(initrd=file)
    for line in ("manifest refused: /partitions/b: cpus: rule cpu-absent",
                 "manifest: CPU 3 is not there: the board has CPUs 0 to 1",
                 "manifest: nothing of it runs; use one of these or boot with more", "boot complete"):
        assert line in board.console
    assert "partition a" not in board.console


@pytest.mark.req("BH-MANIFEST-006")
def test_the_page_is_what_the_tables_say(tool):
    """docs/manifest.md and its picture, the messages of its five mistakes among them."""
    done = subprocess.run([sys.executable, "-B", SOURCE / "scripts/manifest/page.py", "--tool", tool,
                           "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + f"make them again: scripts/manifest/page.py --tool {tool}"


@pytest.mark.req("BH-MANIFEST-001")
@pytest.mark.boards("qemu_virt_arm64")
def test_the_boards_tree_is_the_one_that_is_checked(board, tool, tmp_path):
    """The devicetree in boards/ names the devices that QEMU's own names."""
    dumped = tmp_path / "qemu.dtb"
    subprocess.run(["qemu-system-aarch64", "-machine", "virt-10.0,virtualization=on,gic-version=3,"
                    f"iommu=smmuv3,dtb-randomness=off,dumpdtb={dumped}", "-cpu", "cortex-a57", "-smp",
                    "2", "-m", "1024", "-display", "none", "-serial", "null", "-serial", "null"], check=True, timeout=30,
                   capture_output=True)
    system = tmp_path / "system.dtb"
    system.write_bytes(check.dtc(SOURCE / "systems/hello/hello.dts", "-q", "-O", "dtb"))
    ours = tmp_path / "ours.dtb"
    ours.write_bytes(check.dtc(SOURCE / "boards/qemu/qemu_virt_arm64/qemu_virt_arm64.dts", "-q",
                               "-O", "dtb"))
    found = []
    for description in (ours, dumped):
        done = check.tool(tool, "arm64", description, 0, 0, 0, 0, system)
        report = json.loads(done.stdout)
        found.append((sorted(report["own"]), sorted(report["unowned"]), report["ram"]))
    assert found[0] == found[1]
