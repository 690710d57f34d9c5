# SPDX-License-Identifier: Apache-2.0
"""A change rebuilds what uses it, all of that, and nothing else."""

import re
import shutil

import pytest
from buildtree import ARM64


@pytest.fixture
def out(borrow):
    """A finished build in its default configuration."""
    return borrow(ARM64)


def compiled(output):
    return set(re.findall(r"^  (?:CC|AS|LDS) +(\S+)", output, re.M))


def option(tree, out, assignment):
    """Changes an option as menuconfig would."""
    name = assignment.split("=")[0]
    text = (out / ".config").read_text()
    text, count = re.subn(rf"^(# CONFIG_{name} is not set|CONFIG_{name}=.*)$", f"CONFIG_{assignment}",
                          text, flags=re.M)
    assert count == 1
    (out / ".config").write_text(text)
    return tree.make(f"O={out}")


def linked(out):
    """Dependency files of what the image is made from; other configurations leave objects, too."""
    objects = (out / "obj/.objects").read_text().split()
    return [*(out / "obj").glob("*.ld.d"), *(out / "obj").glob("system_key.d"),
            *(d for d in (out / "obj").rglob("*/*.d") if str(d.with_suffix(".o").relative_to(out)) in objects)]


def users_of(tree, out, symbol):
    """Objects whose sources, headers included, name the option."""
    found = set()
    for depfile in linked(out):
        names = [n for n in depfile.read_text().split() if n.startswith(str(tree.path)) and n[-1] in "chS"]
        if any(re.search(rf"\bCONFIG_{symbol}\b", open(n, encoding="utf-8").read()) for n in names):
            found.add(names[0].removeprefix(f"{tree.path}/"))
    return found


@pytest.mark.req("BH-BUILD-010")
def test_nothing_changed_nothing_is_built(tree, out):
    assert tree.make(f"O={out}") == ""


@pytest.mark.req("BH-BUILD-010")
@pytest.mark.parametrize("assignment", ["MAX_CPUS=2", "LOG_RING_SIZE=64"])
def test_an_option_rebuilds_exactly_its_users(tree, out, assignment):
    every = len(linked(out))
    users = users_of(tree, out, assignment.split("=")[0])
    built = compiled(option(tree, out, assignment))
    assert built == users and 0 < len(users) < every


@pytest.mark.req("BH-BUILD-010")
def test_an_option_that_adds_a_file_compiles_it(tree, out):
    assert compiled(option(tree, out, "LOCK_CHECK=y")) == \
        users_of(tree, out, "LOCK_CHECK") | {"core/base/lock_check.c"}


@pytest.mark.req("BH-BUILD-010")
def test_an_option_switched_off_leaves_no_object_in_the_image(tree, out):
    option(tree, out, "TRACE_ERROR=y")
    assert "log_trace_error" in (out / "bulkhead.elf.map").read_text()
    option(tree, out, "TRACE_ERROR=n")
    assert "obj/core/base/trace_error.o" not in (out / "bulkhead.elf.map").read_text()


@pytest.mark.req("BH-BUILD-010")
def test_a_copied_output_is_as_finished_as_the_first(tree, built, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(built[ARM64], copy)
    assert tree.make(f"O={copy}") == ""
    users = users_of(tree, copy, "LOG_RING_SIZE")
    assert users and compiled(option(tree, copy, "LOG_RING_SIZE=64")) == users


@pytest.mark.req("BH-BUILD-011")
def test_a_header_rebuilds_exactly_its_users(copied):
    header = copied.path / "include/bulkhead/lib/printf.h"
    users = set()
    for depfile in (copied.out / "obj").rglob("*.d"):
        names = depfile.read_text().split()
        if str(header) in names:
            users.add(names[1].removeprefix(f"{copied.path}/"))
    header.write_text(header.read_text() + "\n")
    built = compiled(copied.make(f"O={copied.out}"))
    assert built == users and built


@pytest.mark.req("BH-BUILD-011")
def test_a_mended_mistake_builds(copied):
    source = copied.path / "lib/printf.c"
    good = source.read_text()
    source.write_text(good + "mistake\n")
    assert "mistake" in copied.make(f"O={copied.out}", status=2)
    source.write_text(good)
    assert compiled(copied.make(f"O={copied.out}")) == {"lib/printf.c"}


@pytest.mark.req("BH-BUILD-011")
def test_another_command_line_rebuilds_everything(copied):
    every = {str(p.relative_to(copied.out / "obj").with_suffix("")).removeprefix("third-party/")
             for p in (copied.out / "obj").rglob("*.o") if p.parent != copied.out / "obj"}
    built = {name.rsplit(".", 1)[0] for name in compiled(copied.make("-j2", f"O={copied.out}", "CC=clang-19"))}
    assert every == {n for n in built if not n.endswith("bulkhead.ld")}
