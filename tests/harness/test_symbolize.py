# SPDX-License-Identifier: Apache-2.0
"""scripts/symbolize.py: functions and lines at the addresses of a dump, of any compiler's file."""

import re
import subprocess

import pytest
import symbolize

pytestmark = pytest.mark.req("BH-TEST-002")

SOURCE = """\
int leaf(int x);
int caller(int x);
int leaf(int x)
{
	return x * 3;
}
int caller(int x)
{
	return leaf(x) + 1;
}
int table[64] = { 1 };
"""
COMPILERS = {
    "gcc": ["gcc"],
    "arm64": ["aarch64-linux-gnu-gcc"],
    "clang": ["clang-19", "--target=aarch64-linux-gnu", "-fuse-ld=lld-19"],
    "DWARF 4": ["gcc", "-gdwarf-4"],
}


@pytest.fixture(params=sorted(COMPILERS))
def image(request, tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "a.c").write_text(SOURCE)
    command = COMPILERS[request.param]
    subprocess.run([*command, "-g", "-O0", f"-fdebug-prefix-map={tmp_path}=.", "-nostdlib", "-static",
                    "-ffreestanding", "-Wl,-e,caller", "-Wl,-Ttext=0x40200000", "core/a.c", "-o",
                    "a.elf"], cwd=tmp_path, check=True)
    names = subprocess.run(["nm", "a.elf"], cwd=tmp_path, check=True, capture_output=True, text=True)
    table = {line.split()[2]: int(line.split()[0], 16) for line in names.stdout.splitlines()
             if len(line.split()) == 3}
    return symbolize.Symbolizer(tmp_path / "a.elf"), table


def test_function_and_line_are_added(image):
    symbolizer, table = image
    text = symbolizer.annotate(f"  ELR_EL2 {table['leaf']:016x}")
    assert re.search(r" leaf \(core/a\.c:[345]\)$", text)


def test_a_name_that_is_there_is_not_repeated(image):
    symbolizer, table = image
    text = symbolizer.annotate(f"  RIP {table['caller']:016x} caller+0x0")
    assert re.search(r" caller\+0x0 \(core/a\.c:[789]\)$", text)


def test_a_return_address_names_the_call(image):
    """Even where the call is the last instruction of its function."""
    symbolizer, table = image
    first, second = sorted(("leaf", "caller"), key=table.get)
    assert f" {first} (" in symbolizer.annotate(f"  #0 0x{table[second]:016x}")
    assert f" {second} (" in symbolizer.annotate(f"  RIP {table[second]:016x}")


def test_other_numbers_pass(image):
    symbolizer, table = image
    for text in ("memory: 0x50000000 to 0x7fffffff, 1 GiB", f"data {table['table']:x}", "cafe babe",
                 "[    0.000012] info  boot complete"):
        assert symbolizer.annotate(text) == text


def test_a_stream_gets_it_before_the_newline(image):
    symbolizer, table = image
    stream = symbolize.Annotator(symbolizer)
    half = f"RIP {table['leaf']:x}".encode()
    assert stream.feed(half[:5]) == half[:5]
    assert stream.feed(half[5:]) == half[5:]
    assert re.fullmatch(rb"  leaf \(core/a\.c:[345]\)\r\nnext\n", stream.feed(b"\r\nnext\n"))
