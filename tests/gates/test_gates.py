# SPDX-License-Identifier: Apache-2.0
"""Static gates: the tree holds no finding of any analyser."""
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOARDS = ("qemu_virt_arm64", "qemu_q35_svm_vtd")
OUT = os.path.join(os.path.abspath(os.environ.get("O", os.path.join(ROOT, "build"))), "gates")


def gate(name, *databases, scope="push"):
    r = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "gate.py"), name, *databases],
                       capture_output=True, text=True, env=dict(os.environ, SCOPE=scope))
    assert r.returncode == 0, "\n" + r.stdout + r.stderr


def compile_databases(compiler):
    """Builds both architectures in their debug configuration, which compiles the most code."""
    out = []
    for board in BOARDS:
        build = os.path.join(OUT, "%s-%s" % (board, compiler))
        make = ["make", "-C", ROOT, "-j2", "O=" + build, "BOARD=" + board, "CONF=debug",
                "CC=" + compiler]
        for goals in (["defconfig"], ["all", "compile_commands.json"]):
            r = subprocess.run([*make, *goals], capture_output=True, text=True)
            assert r.returncode == 0, "%s\n%s%s" % (" ".join(make + goals), r.stdout, r.stderr)
        out.append(os.path.join(build, "compile_commands.json"))
    return out


@pytest.mark.req("BH-VPCI-002")
def test_page_of_pci_registers():
    r = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "vpci_page.py"), "--check"],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr


@pytest.fixture(scope="session")
def gcc_databases():
    return compile_databases("gcc")


@pytest.fixture(scope="session")
def clang_databases():
    return compile_databases("clang-19")


@pytest.mark.req("BH-GATE-001")
@pytest.mark.parametrize("name", ["format", "style", "floors", "links"])
def test_source_gate_finds_nothing(name):
    gate(name)


@pytest.mark.req("BH-GATE-002")
@pytest.mark.parametrize("name", ["headers", "fanalyzer", "sparse", "misra"])
def test_gcc_gate_finds_nothing(name, gcc_databases):
    gate(name, *gcc_databases)


@pytest.mark.req("BH-GATE-002")
def test_clang_tidy_finds_nothing(clang_databases, scope):
    gate("tidy", *clang_databases, scope=scope.count("push", "full"))


# Each gate must be able to fail: one seeded fault per gate.
SEEDS = {
    "format": ("lib/seed.c", "// SPDX-License-Identifier: Apache-2.0\nint  seed ;\n", "seed.c"),
    "style": ("core/seed.c", "int seed;\n", "no SPDX line"),
    "floors": ("lib/seed.c", "// SPDX-License-Identifier: Apache-2.0\n"
               "#include <bulkhead/iommu/iommu.h>\n", "an include goes up"),
    "links": ("docs/seed.md", "[there](nowhere.md)\n", "a link to nowhere.md, which is not there"),
}


@pytest.mark.req("BH-GATE-003")
@pytest.mark.parametrize("name", sorted(SEEDS))
def test_seeded_fault_is_found(name, tmp_path):
    path, text, message = SEEDS[name]
    copy = tmp_path / "tree"
    for d in ("scripts", "include"):
        subprocess.run(["cp", "-r", os.path.join(ROOT, d), str(tmp_path)], check=True)
    copy.mkdir()
    for d in ("scripts", "include"):
        os.rename(tmp_path / d, copy / d)
    subprocess.run(["cp", os.path.join(ROOT, ".clang-format"), str(copy)], check=True)
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_text(text)
    r = subprocess.run([sys.executable, str(copy / "scripts" / "gate.py"), name],
                       capture_output=True, text=True)
    assert r.returncode == 1 and message in r.stdout, r.stdout + r.stderr
