# SPDX-License-Identifier: Apache-2.0
"""scripts/run.py: make run, without and with a terminal."""

import pathlib
import subprocess
import sys

import pexpect
import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"

pytestmark = pytest.mark.req("BH-TEST-005")


def command(toaster, *more):
    return [sys.executable, str(SCRIPTS / "run.py"), "--board", "acme_toaster", "--build",
            str(toaster.build), *more]


def run(toaster, *more):
    return subprocess.run(command(toaster, *more), stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=60, check=False)


def test_ends_with_0_after_the_last_marker(toaster):
    toaster.emulator("echo one; echo boot complete; sleep 60")
    done = run(toaster)
    assert done.returncode == 0
    assert done.stdout == "one\nboot complete\n"
    assert 'acme_toaster: "boot complete" after' in done.stderr


@pytest.mark.parametrize("script, message", [
    ("exit 35", "the board ended the simulation with status failed"),
    ("exit 0", 'switched off or reset before "boot complete"'),
    ("echo 'no bread' >&2; exit 1", "toaster-emulator ended with status 1: no bread"),
    ("sleep 60", 'no "boot complete" within'),
])
def test_says_in_one_line_what_happened_instead(toaster, script, message):
    toaster.emulator(script)
    done = run(toaster, "--timeout", "2")
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr


def test_missing_build_is_one_line(toaster):
    (toaster.build / "bulkhead.bin").unlink()
    done = run(toaster)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("run: ") and "build it first" in done.stderr


def test_terminal_passes_the_console_through(toaster):
    toaster.emulator("stty -a <&2 >/dev/null; echo ready; read word; echo got $word; sleep 60")
    child = pexpect.spawn(command(toaster)[0], command(toaster)[1:], timeout=20, encoding="utf-8")
    child.expect_exact("Ctrl-A x ends the simulation")
    child.expect_exact("ready")
    child.send("butter\n")
    child.expect_exact("got butter")
    child.send("\x01x")
    child.expect_exact("acme_toaster: stopped")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
