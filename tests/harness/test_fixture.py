# SPDX-License-Identifier: Apache-2.0
"""The board fixture as a system outside the tree uses it."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"

TEST = """
import pytest

@pytest.mark.boards("acme_*", "acme_*/*")
def test_toast(board):
    board.start(kernel="/dev/null")
    board.expect("crumbs")

@pytest.mark.boards("acme_toaster")
def test_ready(board, scope):
    board.start(kernel="/dev/null")
    assert board.expect(r"level (\\\\d)")[1] == str(scope.count(1, 9))
    board.expect_passed()
    assert board.exit_status == 33 and board.lines == ["level 1"]

@pytest.mark.boards("acme_toaster")
@pytest.mark.cannot("acme_toaster", reason="the toaster cannot fly")
def test_fly(board):
    board.start(kernel="/dev/null")
    board.expect("wings")
""".replace("\\\\d", "\\d")


@pytest.fixture
def outside(toaster, tmp_path):
    toaster.emulator("echo level 1; exit 33")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_toaster.py").write_text(TEST)
    return tmp_path / "tests"


def run_pytest(outside, *arguments, **environment):
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS), "O": str(outside.parent / "out"),
           "COVERAGE": "", **environment}
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "pytest_bulkhead", "-p",
                           "no:cacheprovider", "-rA", "--rootdir", outside, *arguments],
                          env=env, cwd=outside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120, check=False).stdout


@pytest.mark.req("BH-TEST-002")
def test_failure_shows_console_and_the_line_that_reruns_it(outside):
    out = run_pytest(outside, str(outside))
    assert "2 failed, 1 passed, 1 xfailed" in out
    assert re.search(r"console of acme_toaster -+\nlevel 1", out)
    assert "the board ended" in out and "without 'crumbs' on the console" in out
    line = re.search(r"^make test BOARD_ROOT='.*' TESTS='(.*test_toast\[acme_toaster/wide\])'$",
                     out, re.M)
    again = run_pytest(outside, "--tests", line[1])
    assert "1 failed in" in again and "test_toast[acme_toaster/wide]" in again


@pytest.mark.req("BH-TEST-002")
def test_board_restricts_to_it_and_its_variants(outside):
    out = run_pytest(outside, str(outside), BOARD="acme_toaster/wide")
    assert "1 failed, 3 deselected" in out


@pytest.mark.req("BH-TEST-002")
def test_expression_picks_tests(outside):
    assert "1 passed, 3 deselected" in run_pytest(outside, "--tests", "ready or bread")


@pytest.mark.req("BH-TEST-002")
def test_a_name_that_no_test_has_is_said(outside):
    assert "TESTS='tests/crumbs': no test is called that" in run_pytest(outside, "--tests", "tests/crumbs")


@pytest.mark.req("BH-TEST-002")
def test_scope_changes_counts_not_the_list(outside):
    out = run_pytest(outside, str(outside), SCOPE="full")
    assert "3 failed, 1 xfailed" in out  # test_ready counted to 9 and found 1


@pytest.mark.req("BH-TEST-002")
def test_time_table_warns_but_does_not_fail(outside):
    out = run_pytest(outside, "--tests", "ready", "--budget", "0.0001")
    assert "WARNING: over budget: 1 tests in" in out and "1 passed" in out


@pytest.mark.req("BH-TEST-002")
def test_unexpected_pass_of_an_impossible_test_fails(toaster, outside):
    toaster.emulator("echo wings; exit 33")
    assert "[XPASS(strict)] the toaster cannot fly" in run_pytest(outside, "--tests", "fly")


@pytest.mark.req("BH-TEST-001")
def test_unknown_requirement_is_refused(outside):
    path = outside / "test_toaster.py"
    path.write_text(TEST + "\n@pytest.mark.req('BH-NO" "-999')\ndef test_no():\n    pass\n")
    assert "is not in docs/requirements.yaml" in run_pytest(outside, str(outside))


@pytest.mark.req("BH-TEST-001")
def test_nobody_waits_for_a_program_that_has_failed(toaster, outside):
    toaster.emulator("echo guest: failed 3; sleep 50")
    (outside / "test_toaster.py").write_text(TEST.replace("crumbs", "guest: passed"))
    out = run_pytest(outside, "--tests", "toast")
    assert "the program failed without 'guest: passed' on the console" in out


@pytest.mark.req("BH-TEST-002")
def test_a_crash_of_the_emulator_is_no_verdict(toaster, outside):
    mark = outside / "crashed"
    toaster.emulator(f"test -e {mark} || {{ touch {mark}; kill -SEGV $$; }}; echo level 1; exit 33")
    out = run_pytest(outside, "--tests", "ready")
    assert "1 passed" in out
    assert re.search(r"ran again, the emulator had crashed: .*test_ready\[acme_toaster\]: .*11", out)


@pytest.mark.req("BH-TEST-002")
def test_an_emulator_that_crashes_twice_fails(toaster, outside):
    toaster.emulator("echo level 1; kill -SEGV $$")
    out = run_pytest(outside, "--tests", "ready")
    assert "1 failed" in out and "ran again, the emulator had crashed" in out
