# SPDX-License-Identifier: Apache-2.0
"""A configuration is what was asked for, or an error that says what to do."""

import pexpect
import pytest
from buildtree import ARM64, X86, clean_environment


def configure(tree, out, text, board=ARM64, status=0, **kwargs):
    fragment = out.parent / f"{out.name}.conf"
    fragment.write_text(text)
    return tree.make(f"BOARD={board}", f"O={out}", f"EXTRA_CONF_FILE={fragment}", "defconfig",
                     status=status, **kwargs)


@pytest.mark.req("BH-CONF-001")
@pytest.mark.parametrize("text, culprit, advice", [
    ("CONFIG_TYPO=y\n", "TYPO", "no such option"),
    ("CONFIG_MAX_CPUS=65\n", "MAX_CPUS: assigned '65'", "range 1..64"),
    ("CONFIG_MAX_CPUS=many\n", "MAX_CPUS", "many"),
    ("CONFIG_IOMMU_VTD=y\n", "IOMMU_VTD", None),
    ("CONFIG_SYSTEM_IMAGE=n\nCONFIG_MBEDTLS_RSA=y\n", "MBEDTLS_RSA: assigned 'y'", "depends on MBEDTLS"),
    ("CONFIG_SIM_EXIT=n\nCONFIG_PANIC_SIM_EXIT=y\n", "PANIC_SIM_EXIT", "depends on SIM_EXIT"),
    ("CONFIG_SIMULATED=n\n", "SIMULATED", "no prompt"),
    ("MAX_CPUS=4\n", "MAX_CPUS", None),
])
def test_what_does_not_take_is_an_error(tree, tmp_path, text, culprit, advice):
    output = configure(tree, tmp_path / "out", text, status=2)
    errors = [line for line in output.splitlines() if line.startswith("kconfig: error: ")]
    assert errors and culprit in errors[0], output
    assert advice is None or advice in errors[0]
    assert not (tmp_path / "out/.config").exists()


@pytest.mark.req("BH-CONF-001")
def test_hand_edited_mistake_stops_the_build(tree, tmp_path):
    configure(tree, tmp_path / "out", "")
    with open(tmp_path / "out/.config", "a", encoding="ascii") as f:
        f.write("CONFIG_TYPO=y\n")
    assert "TYPO: no such option" in tree.make(f"O={tmp_path}/out", status=2)


@pytest.mark.req("BH-CONF-002")
def test_later_fragments_win(tree, tmp_path):
    (tmp_path / "a.conf").write_text("CONFIG_MAX_CPUS=3\nCONFIG_TRACE_ERROR=y\n")
    (tmp_path / "b.conf").write_text("CONFIG_MAX_CPUS=5\n")
    tree.make(f"BOARD={ARM64}", f"O={tmp_path}/out", "CONF=minimal",
              f"EXTRA_CONF_FILE={tmp_path}/a.conf,{tmp_path}/b.conf", "defconfig")
    config = (tmp_path / "out/.config").read_text()
    assert "CONFIG_MAX_CPUS=5\n" in config and "CONFIG_TRACE_ERROR=y\n" in config


@pytest.mark.req("BH-CONF-002")
def test_saved_defconfig_gives_the_same_configuration(tree, tmp_path):
    configure(tree, tmp_path / "a", "CONFIG_MAX_CPUS=3\nCONFIG_LOCK_CHECK=y\n")
    tree.make(f"O={tmp_path}/a", "savedefconfig")
    configure(tree, tmp_path / "b", (tmp_path / "a/defconfig").read_text())
    assert (tmp_path / "a/.config").read_text() == (tmp_path / "b/.config").read_text()


@pytest.mark.req("BH-CONF-002")
def test_menuconfig_changes_an_option(tree, tmp_path):
    configure(tree, tmp_path / "out", "")
    screen = pexpect.spawn("make", ["-C", str(tree.path), f"O={tmp_path}/out", "menuconfig"], timeout=30,
                           env=clean_environment(TERM="xterm"), dimensions=(40, 120), encoding="utf-8")
    screen.expect("Bulkhead configuration")
    screen.send("/")                      # jump to a symbol
    screen.expect("Jump to")
    screen.send("LOCK_CHECK\r")
    screen.expect("Check the order of locks")
    screen.send("y")
    screen.send("q")
    screen.expect("Save configuration")
    screen.send("y")
    screen.expect(pexpect.EOF)
    assert "CONFIG_LOCK_CHECK=y\n" in (tmp_path / "out/.config").read_text()


@pytest.mark.req("BH-CONF-003")
def test_settings_are_kept_until_others_are_asked_for(tree, tmp_path):
    configure(tree, tmp_path / "out", "CONFIG_MAX_CPUS=3\n")
    tree.make(f"O={tmp_path}/out", "configured")
    assert "CONFIG_MAX_CPUS=3\n" in (tmp_path / "out/.config").read_text()
    tree.make(f"O={tmp_path}/out", f"BOARD={X86}", "configured")
    config = (tmp_path / "out/.config").read_text()
    assert "CONFIG_X86_64=y\n" in config and "CONFIG_MAX_CPUS=3\n" not in config


@pytest.mark.req("BH-CONF-004")
@pytest.mark.parametrize("words, culprit", [
    (["BOARD=nosuch"], "BOARD=nosuch: no such board; there are: bochs_ryzen, "),
    ([f"BOARD={ARM64}/nosuch"], "has no such variant; it has: a76"),
    ([f"BOARD={ARM64}", "CONF=nosuch"], "no such fragment; there are: debug, default, minimal, safety"),
    ([f"BOARD={ARM64}", "EXTRA_CONF_FILE=/nonexistent.conf"], "no such file: /nonexistent.conf"),
    ([f"BOARD={ARM64}", "TEST_DIR=/nonexistent"], "TEST_DIR=/nonexistent: no such folder"),
    ([f"BOARD={ARM64}", "BOARD_ROOT=/nonexistent"], "BOARD_ROOT: /nonexistent has no folder boards/"),
    ([], "no board: say BOARD=<board>"),
])
def test_wrong_names_are_refused_in_one_line(tree, tmp_path, words, culprit):
    output = tree.make(f"O={tmp_path}/out", *words, "defconfig", status=2)
    errors = [line for line in output.splitlines() if not line.startswith("make")]
    assert len(errors) == 1 and culprit in errors[0], output
