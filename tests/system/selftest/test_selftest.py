# SPDX-License-Identifier: Apache-2.0
"""What Bulkhead does in situations that a good boot never reaches. One word picks one (src/)."""

import dataclasses
import pathlib
import re
import time

import pytest

SOURCES = pathlib.Path(__file__).resolve().parent / "src"

BOTH = pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd")


def start(board, word, **arguments):
    """Starts the board with `word` picked."""
    if board.parameters.get("kernel"):
        return board.start(cmdline=f"selftest={word}", **arguments)
    return board.start(disk=board.with_text("@selftest-argument@", word), **arguments)


def errors(board):
    """The lines of a dump, without stamp and level, with functions and lines."""
    found = re.findall(r"^\[[ .\d]+\] error (.*)$", board.symbolized(), re.M)
    return [re.sub(r"^cpu\d+: ", "", line) for line in found]


# --- Own address space ---------------------------------------------------------------------------


@pytest.mark.req("BH-MMU-001", "BH-MMU-002")
@pytest.mark.boards("qemu_virt_arm64", "qemu_virt_arm64/max", "qemu_q35_svm_vtd",
                    "qemu_q35_svm_vtd/x2apic", "bochs_tigerlake")
def test_memory(board):
    start(board, "memory")
    board.expect(r"selftest: passed")
    board.expect_passed()


# --- Exceptions ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    headline: str  # after "panic: CPU n: "
    detail: str = ""  # on another line of the dump

    @property
    def function(self):
        return "take_" + self.name.replace("-", "_")


def line_of(arch, name):
    """Line of the source that takes it."""
    path = SOURCES / f"faults_{arch}.S"
    lines = path.read_text().splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"// fault: {name}")]
    return f"tests/system/selftest/src/{path.name}:{number}"


ABORT = "data abort in EL2 at 0x[0-9a-f]+"
FETCH = "instruction abort in EL2 at 0x[0-9a-f]+"

ARM64 = [
    Fault("undefined", "undefined instruction in EL2", r"ESR_EL2 02000000 EC 0x00"),
    Fault("data-abort", ABORT, r"EC 0x25 data abort: translation fault.*read"),
    Fault("write-text", ABORT, r"EC 0x25 data abort: permission fault, level 3, write"),
    Fault("write-rodata", ABORT, r"EC 0x25 data abort: permission fault, level 3, write"),
    Fault("instruction-abort", FETCH, r"EC 0x21 instruction abort: translation fault.*fetch"),
    Fault("exec-data", FETCH, r"EC 0x21 instruction abort: permission fault, level 3, fetch"),
    Fault("pc-alignment", "misaligned PC in EL2", r"EC 0x22"),
    Fault("sp-alignment", "misaligned SP in EL2", r"EC 0x26"),
    Fault("alignment", ABORT, r"EC 0x25 data abort: alignment fault"),
    Fault("breakpoint", "BRK in EL2", r"EC 0x3c BRK: immediate 0xb0"),
    Fault("svc", "SVC in EL2", r"EC 0x15 SVC: immediate 0xb0"),
    Fault("stack-overflow", rf"{ABORT}.*: stack overflow", r"EC 0x25"),
]
ARM64_MAX = [
    Fault("bti", r"branch target without landing pad \(BTI\) in EL2", r"EC 0x0d"),
    Fault("pac", "pointer authentication failed in EL2", r"EC 0x1c"),
]
X86 = [
    Fault("divide", r"#DE divide error \(vector 0\)"),
    Fault("breakpoint", r"#BP breakpoint \(vector 3\)"),
    Fault("undefined", r"#UD invalid opcode \(vector 6\)"),
    Fault("device-not-available", r"#NM .* \(vector 7\)"),
    Fault("stack-segment", r"#SS .* \(vector 12\)"),
    Fault("protection", r"#GP general protection \(vector 13\)"),
    Fault("page-fault", r"#PF page fault \(vector 14\)",
          "read of a page that is not present at 0000000000000018"),
    Fault("write-text", r"#PF page fault \(vector 14\)", "write to a page that does not allow it"),
    Fault("write-rodata", r"#PF page fault \(vector 14\)", "write to a page that does not allow it"),
    Fault("exec-data", r"#PF page fault \(vector 14\)", "fetch from a page that does not allow it"),
    Fault("stack-overflow", r"#DF double fault: stack overflow \(main stack\)"),
]
CET = [
    Fault("ibt", r"#CP control protection \(vector 21\)",
          "error code 0000000000000003: indirect branch to something else than ENDBR"),
    Fault("shadow-stack", r"#CP control protection \(vector 21\)", "error code 0000000000000001"),
]

# Registers that no fault uses as an operand hold 1b00000000000000 plus their number.
KEPT = {"arm64": {f"x{n}": n for n in (*range(8), *range(10, 16), *range(18, 29))},
        "x86": {"RBX": 1, "RDX": 3, "RSI": 4, "RDI": 5, **{f"R{n}": n for n in range(8, 16)}}}
PC = {"arm64": "ELR_EL2", "x86": "RIP"}
# Here the processor was somewhere else already: the call is in the chain.
CALLED = ("instruction-abort", "exec-data")
# These report the address behind, or the bad one. (#BP does, BRK does not.)
NO_LINE = {"arm64": ("pc-alignment", "svc"), "x86": ("breakpoint",)}


def check_dump(board, fault, cpu=0):
    start(board, f"exception:{fault.name}" + (f"@{cpu}" if cpu else ""))
    board.expect_failed()
    lines = errors(board)
    assert re.match(rf"panic: CPU {cpu}: {fault.headline}", lines[0]), lines[0]
    dump = "\n".join(lines)
    assert re.search(fault.detail, dump)
    check_registers(board, dump)
    check_place(board, fault, lines)


def check_registers(board, dump):
    for name, number in KEPT[board.arch].items():
        assert re.search(rf"\b{name} +1b{number:014x}\b", dump), name


def check_place(board, fault, lines):
    place = re.escape(line_of(board.arch, fault.name))
    (pc,) = [line for line in lines if line.startswith(f"  {PC[board.arch]} ")]
    chain = [line for line in lines if re.match(r"  #\d+ ", line)]
    where = chain[0] if fault.name in CALLED else pc
    assert re.search(rf"\b{fault.function}\+0x", where), where
    if fault.name not in NO_LINE[board.arch]:
        assert re.search(rf"\({place}\)", where), where
    if fault.name != "stack-segment":  # its operand is the frame pointer
        assert any("selftest_exception+" in line or "take_chosen+" in line for line in chain)


def faults(table):
    return pytest.mark.parametrize("fault", table, ids=lambda f: f.name)


@pytest.mark.req("BH-EXC-001", "BH-MMU-001")
@pytest.mark.boards("qemu_virt_arm64")
@faults([f for f in ARM64 if f.name != "sp-alignment"])
def test_exception_arm64(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-001")
@pytest.mark.boards("qemu_virt_arm64")
@pytest.mark.cannot("qemu_virt_arm64", reason="QEMU's TCG does not check the stack pointer's alignment")
@faults([f for f in ARM64 if f.name == "sp-alignment"])
def test_exception_arm64_sp(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-001")
@pytest.mark.boards("qemu_virt_arm64/max")
@faults(ARM64_MAX)
def test_exception_of_new_cores(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-001", "BH-MMU-001")
@pytest.mark.boards("qemu_q35_svm_vtd")
@faults([f for f in X86 if f.name != "stack-segment"])
def test_exception_x86(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-001")
@pytest.mark.boards("qemu_q35_svm_vtd", "bochs_tigerlake")
@pytest.mark.cannot("qemu_q35_svm_vtd", reason="QEMU raises #GP for a bad address by way of RBP")
@faults([f for f in X86 if f.name == "stack-segment"])
def test_exception_x86_stack_segment(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-001")
@pytest.mark.boards("bochs_tigerlake")
@faults(CET)
def test_exception_of_cet(board, fault):
    check_dump(board, fault)


@pytest.mark.req("BH-EXC-002")
@BOTH
@faults([Fault("stack-overflow", ".*stack overflow")])
def test_stack_overflow_of_another_cpu(board, fault):
    check_dump(board, fault, cpu=1)


@pytest.mark.req("BH-EXC-002")
@pytest.mark.boards("bochs_tigerlake")
@faults([Fault("stack-overflow", ".*stack overflow")])
def test_stack_overflow_with_shadow_stack(board, fault):
    check_dump(board, fault)


# --- Reset and panic -----------------------------------------------------------------------------


@pytest.mark.req("BH-LOG-001")
@BOTH
def test_log_survives_a_warm_reset(board):
    check_reset(board)


@pytest.mark.req("BH-LOG-001")
@pytest.mark.boards("bochs_tigerlake")
def test_log_survives_a_warm_reset_of_one_cpu(board):
    """With more CPUs Bochs' BIOS panics after a reset ("Keyboard error:21")."""
    check_reset(board, cpus=1)


def check_reset(board, **parameters):
    start(board, "reset", reboot=True, **parameters)
    board.expect(r"info  selftest: a mark of the first boot")
    board.expect(r"boot 1: .*info  selftest: a mark of the first boot")
    board.expect(r"selftest: passed")
    board.expect_passed()


@pytest.mark.req("BH-PANIC-001")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd", "bochs_tigerlake")
@pytest.mark.parametrize("cpu", [0, 1])
def test_panic_ends_the_simulation(board, cpu):
    start(board, f"panic:{cpu}")
    board.expect_failed()
    lines = errors(board)
    assert lines[0] == f"panic: CPU {cpu}: selftest: on purpose, {cpu}"
    assert any("panic_here+" in line and "src/panic.c:" in line for line in lines)
    assert not any("did not stop" in line for line in lines)


@pytest.mark.req("BH-PANIC-001")
@BOTH
@pytest.mark.config("default", "CONFIG_PANIC_RESET=y")
def test_panic_resets(board):
    start(board, "panic:0", reboot=True)
    board.expect(r"panic: CPU 0: selftest: on purpose, 0")
    board.expect(r"boot 1: .*panic: CPU 0: selftest: on purpose, 0")
    board.expect_passed()


@pytest.mark.req("BH-PANIC-001")
@BOTH
@pytest.mark.config("default", "CONFIG_PANIC_HALT=y")
def test_panic_halts(board):
    start(board, "panic:0", reboot=True)
    board.expect(r"panic: CPU 0: selftest: on purpose, 0")
    board.expect(r"\+0x[0-9a-f]+\n")
    time.sleep(0.5)
    assert board.run.running
    said = len(board.console)
    time.sleep(0.5)
    assert board.run.running and len(board.console) == said
