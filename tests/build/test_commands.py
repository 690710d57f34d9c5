# SPDX-License-Identifier: Apache-2.0
"""What make offers: help tells the truth, boards are found, inside the tree and outside it."""

import re
import struct
import subprocess

import pytest
import yaml
from buildtree import ARM64, SOURCE, X86

BOARDS = {"qemu_virt_arm64", "qemu_q35_svm_vtd", "qemu_q35_svm_amdvi", "bochs_tigerlake", "bochs_ryzen", "imx8mp_evk"}


@pytest.mark.req("BH-CMD-001")
def test_help_names_the_commands(tree):
    named = set(re.findall(r"^  (\S+)  ", tree.make("help"), re.M))
    assert named == {"help", "boards", "systems", "check", "run", "debug", "test", "bench", "test-fresh", "defconfig",
                     "menuconfig", "savedefconfig", "all", "image", "size", "compile_commands.json", "clean"}
    database = tree.make("-pn", "help", env={"LC_ALL": "C"})
    for name in named:
        assert re.search(rf"^{re.escape(name)}:", database, re.M), f"{name} is no target"


@pytest.mark.req("BH-CMD-001")
def test_help_fits_a_terminal(tree):
    assert max(map(len, tree.make("help").splitlines())) <= 100


@pytest.mark.req("BH-CMD-002")
def test_boards_lists_every_board_with_its_variants(tree):
    output = tree.make("boards")
    assert {line.split()[0] for line in output.splitlines() if not line.startswith(" ")} == BOARDS
    assert f"  {ARM64}/gicv2" in output


@pytest.mark.req("BH-CMD-002")
@pytest.mark.parametrize("name", sorted(BOARDS))
def test_a_board_is_one_complete_folder(name, tmp_path):
    folder = next(SOURCE.glob(f"boards/*/{name}"))
    for file in (f"Kconfig.{name}", f"{name}_defconfig", "board.yml", f"{name}.dts", f"{name}.yaml",
                 "index.md"):
        assert (folder / file).is_file(), file
    facts = yaml.safe_load((folder / "board.yml").read_text())["board"]
    assert facts["vendor"] == folder.parent.name
    assert name in (folder / "index.md").read_text()
    done = subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-o", str(tmp_path / "dtb"),
                           str(folder / f"{name}.dts")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def outside_board(root, name="my_board"):
    """A board outside the tree: the simulated one under another name."""
    folder = root / "boards/acme" / name
    folder.mkdir(parents=True)
    (folder / f"Kconfig.{name}").write_text(
        f"config BOARD_{name.upper()}\n\tdef_bool y\n\tselect ARM64\n\tselect SIMULATED\n")
    (folder / f"{name}_defconfig").write_text(
        "CONFIG_EARLY_UART_PL011=y\nCONFIG_EARLY_UART_BASE=0x09000000\nCONFIG_MAX_CPUS=3\n")
    (folder / f"{name}_small_defconfig").write_text("CONFIG_MAX_CPUS=2\n")
    (folder / "board.yml").write_text(
        f"board:\n  name: {name}\n  full_name: Mine\n  vendor: acme\n  arch: arm64\n"
        "  variants:\n    - name: small\n      description: fewer CPUs\n")
    (folder / "objects.mk").write_text("obj-y += quirk.o\n")
    (folder / "quirk.c").write_text("int board_quirk(void);\nint board_quirk(void)\n{\n\treturn 1;\n}\n")
    return folder


@pytest.mark.req("BH-CMD-003")
@pytest.mark.parametrize("separator", [":", " "])
def test_boards_outside_the_tree_are_found(tree, tmp_path, separator):
    outside_board(tmp_path / "a", "board_a")
    outside_board(tmp_path / "b", "board_b")
    output = tree.make("boards", f"BOARD_ROOT={tmp_path}/a{separator}{tmp_path}/b")
    assert "board_a " in output and "board_b/small" in output


@pytest.mark.req("BH-CMD-003")
def test_a_board_outside_the_tree_builds_with_code_of_its_own(tree, borrow, tmp_path):
    outside_board(tmp_path / "root")
    out = tree.build("my_board/small", borrow(ARM64), f"BOARD_ROOT={tmp_path}/root")
    assert "CONFIG_MAX_CPUS=2\n" in (out / ".config").read_text()
    assert (out / "bulkhead.bin").exists() and (out / "obj/board/quirk.o").exists()
    assert tree.make(f"O={out}") == ""  # the root is remembered


@pytest.mark.req("BH-CMD-003")
def test_two_boards_of_one_name_are_refused(tree, tmp_path):
    outside_board(tmp_path, ARM64)
    output = tree.make("boards", f"BOARD_ROOT={tmp_path}", status=2)
    assert "rename one" in output and str(tmp_path) in output


@pytest.mark.req("BH-CMD-004")
def test_a_test_program_is_built_in(tree, borrow, tmp_path):
    program = tmp_path / "program"
    (program / "src").mkdir(parents=True)
    (program / "objects.mk").write_text("obj-y += src/hello.o\n")
    (program / "prj.conf").write_text("CONFIG_MAX_CPUS=2\n")
    (program / "src/hello.c").write_text(
        "extern const int test_hello_answer;\n"
        "const int test_hello_answer __attribute__((used, section(\".units.test\"), aligned(8))) = 42;\n")
    out = tree.build(X86, borrow(X86), f"TEST_DIR={program}")
    assert "CONFIG_MAX_CPUS=2\n" in (out / ".config").read_text()
    assert "test_hello_answer" in subprocess.run(["nm", str(out / "bulkhead.elf")], check=True,
                                                 capture_output=True, text=True).stdout


@pytest.mark.req("BH-CMD-004")
def test_a_launcher_runs_the_compiler_which_is_told_nothing_of_the_output_folder(tree, borrow, tmp_path):
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{tmp_path}/words\nexec "$@"\n')
    launcher.chmod(0o755)
    out = borrow(X86)
    (out / "obj/lib/crc32.o").unlink()
    output = tree.make(f"O={out}", f"LAUNCHER={launcher}")
    assert "lib/crc32.c" in output
    words = (tmp_path / "words").read_text().splitlines()
    assert "include/generated/autoconf.h" in words
    named = {w.replace(str(out), "O") for w in words if str(out) in w and "/ksyms." not in w}
    assert named == {"-ffile-prefix-map=O/=out/", "O/obj/lib/crc32.d.raw", "O/obj/lib/crc32.o"}


def sections(elf):
    """{(symbol, address)} and a reader of the image's memory, from a 64-bit ELF."""
    data = elf.read_bytes()
    phoff, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    loads = [struct.unpack_from("<IIQQQQQQ", data, phoff + 56 * i) for i in range(count)]

    def read(address, size):
        for kind, _, offset, vaddr, _, filesz, _, _ in loads:
            if kind == 1 and vaddr <= address < vaddr + filesz:
                return data[offset + address - vaddr:][:size]
        raise AssertionError(f"{address:#x} is not in the file")

    listing = subprocess.run(["nm", str(elf)], check=True, capture_output=True, text=True).stdout
    return {(n, int(a, 16)) for a, _, n in (line.split() for line in listing.splitlines()
                                            if len(line.split()) == 3)}, read


@pytest.mark.req("BH-BUILD-012")
@pytest.mark.parametrize("board_name", [ARM64, X86])
def test_the_table_of_function_names_agrees_with_the_image(built, board_name):
    pairs, read = sections(built[board_name] / "bulkhead.elf")
    symbols = dict(pairs)
    count, = struct.unpack("<I", read(symbols["ksyms_count"], 4))
    addresses = struct.unpack(f"<{count}I", read(symbols["ksyms_addr"], 4 * count))
    offsets = struct.unpack(f"<{count}I", read(symbols["ksyms_name_off"], 4 * count))
    assert count > 100 and list(addresses) == sorted(set(addresses))
    names = [read(symbols["ksyms_names"] + o, 80).split(b"\0")[0].decode() for o in offsets]
    assert "bulkhead_main" in names
    assert {(n, symbols["text_start"] + a) for n, a in zip(names, addresses)} <= pairs
