# SPDX-License-Identifier: Apache-2.0
"""The unit tests on the host, a case each (README.md says how they are written and run alone)."""

import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NAME = re.compile(r"^TEST\((\w+)\)", re.MULTILINE)
# What make started us with is not meant for the make we start.
NOT_FOR_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "O", "TESTS", "CC", "V")


def declared():
    """'area/test_program:name' of every TEST() in the tree."""
    return [f"{path.parent.name}/{path.stem}:{name}" for path in sorted(HERE.glob("*/test_*.c"))
            for name in NAME.findall(path.read_text(encoding="utf-8"))]


def make(output, *arguments):
    env = {k: v for k, v in os.environ.items() if k not in NOT_FOR_MAKE}
    return subprocess.run(["make", "-j2", "-C", str(HERE), f"OUTPUT={output}", *arguments],
                          capture_output=True, text=True, env=env)


@pytest.fixture(scope="session")
def results(request):
    """{'area/test_program:name': None or what went wrong} of one run, its output and status. A run of
    all counts the lines it executes."""
    programs = {i.callspec.params["unit"].partition(":")[0] for i in request.session.items
                if "unit" in getattr(getattr(i, "callspec", None), "params", {})}
    output = request.config.bulkhead_out / "unit"
    r = make(output, *([f"TESTS={programs.pop()}"] if len(programs) == 1 else
                       ["COVERAGE=1", "SANITIZE=address"]))
    found = {}
    for path in sorted((output / "xml").glob("*/*.xml")):
        for case in ET.parse(path).getroot().iter("testcase"):
            bad = case.find("failure")
            found[f"{path.parent.name}/{path.stem}:{case.get('name')}"] = (
                None if bad is None else (bad.text or "failed").strip())
    return found, r.stdout + r.stderr, r.returncode


@pytest.mark.req("BH-UNIT-001")
@pytest.mark.parametrize("unit", declared())
def test_unit(unit, results, request):
    found, log, _ = results
    again = f"make -C tests/unit OUTPUT={request.config.bulkhead_out}/unit TESTS={unit}"
    if unit not in found:
        pytest.fail(f"{unit} has no result. Again: {again}\n{log[-6000:]}", pytrace=False)
    if found[unit] is not None:
        pytest.fail(f"{found[unit]}\nAgain: {again}", pytrace=False)


@pytest.mark.req("BH-UNIT-002")
@pytest.mark.parametrize("area", ["abi", "base", "console", "core", "mem", "vgic", "vm"])
def test_threads_do_not_race(area, request):
    r = make(request.config.bulkhead_out / "unit-thread", "SANITIZE=thread", f"TESTS={area}")
    assert r.returncode == 0, "\n" + r.stdout + r.stderr


@pytest.mark.req("BH-INSN-001")
@pytest.mark.parametrize("area", ["insn_x86", "insn_arm64"])
def test_decoders_are_held_against_a_cpu(area, results, request):
    found, log, _ = results
    native = {name: bad for name, bad in found.items() if name.startswith(f"{area}/test_native:")}
    assert native and not any(native.values()), log[-6000:]
    output = request.config.bulkhead_out / "unit"
    if area == "insn_arm64" or os.uname().machine == "x86_64":
        xml = (output / "xml" / area / "test_native.xml").read_text(encoding="utf-8")
        assert "<skipped" not in xml, "needs aarch64-linux-gnu-gcc and qemu-aarch64 (qemu-user)"


@pytest.mark.req("BH-UNIT-003")
def test_most_lines_are_executed(results):
    _, log, status = results
    print("\n".join(line for line in log.splitlines() if line.startswith("coverage:")))
    assert "coverage: " in log and status == 0, log[-6000:]
