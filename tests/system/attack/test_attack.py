# SPDX-License-Identifier: Apache-2.0
"""Every form of access and every system register, from inside a guest, held against the same
program on the bare machine; and registers that must stay a vcpu's own."""

import pathlib
import re
import sys

import coverage
import emulator_plugin as plugin
import pytest
import pytest_bulkhead

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import runs  # noqa: E402


HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
BARE = "virt-10.0,gic-version=3,dtb-randomness=off"

SAID = re.compile(r"^((?:reg|trap|access \S+ \|) [^|\n]+) \| (.*)$", re.M)
BEGINS = re.compile(r"^\[(\w+)\] state: begins as ([0-9a-f]+), \d+ registers$", re.M)

# What differs from the bare machine: name, what the guest must see instead (None: undefined), why.
ABORT_READ, ABORT_WRITE = r"esr 0x96000010 far \+0", r"esr 0x96000050 far \+0"
ANY = r".*"
DIFFERENT = [
    # Emulated devices take plain loads and stores, of one or two registers.
    (r"access (gicd|odd|uart) \| (ld[12]|ldxr|ldaxr|ldxp).*", ABORT_READ, "not a plain load"),
    (r"access (gicd|odd|uart) \| (st[12]|dc zva|ldadd|ldset|swp|cas).*", ABORT_WRITE, "not a plain store"),
    (r"access odd .*", r"(0|-)( (0|-)){6} base \+\d+",
     "what memory it is there says the guest's stage 1: none of the device's registers is met"),
    (r"access uart \| stxr .*", r"0 0 1 .*", "it follows no exclusive load that went well"),
    (r"access gicd \| (ldp w|ldpsw|ldnp w).*", r"10203040 10203080 - .*",
     "QEMU makes one access of 8 bytes of it, which its distributor answers with zero"),
    (r"access uart \| (ldp x|ldn?p q).*", ANY, "an access is to one register; QEMU's is to two"),
    (r"access nothing \| (ldadd|ldset|swp|cas).*", ABORT_WRITE,
     "QEMU's stage 2 calls it a write, its memory a read"),
    (r"access debug \| breakpoint behind the lock", "nothing", "QEMU takes another bit for OSLSR_EL1.OSLK"),
    # There is an EL2 above, and none on the bare machine.
    (r"reg 3,0,c0,c1,1", r"r- 0x1001.001", "virtualization extensions"),
    (r"reg 3,0,c0,c4,0", r"r- 0x[0-9a-f]*222", "EL2"),
    (r"reg 3,0,c12,c0,[12]", None, "RVBAR_EL1 and RMR_EL1 are the highest level's"),
    (r"reg 3,3,c14,c0,0", r"r- .*", "CNTFRQ_EL0 is written at the highest level"),
    (r"reg 3,1,c1[15],.*", None, "implementation defined"),
    # What guests are not given, and what goes with it.
    (r"reg 3,0,c0,c4,[1-5]", ANY, "ID registers: MTE, SME, SVE"),
    (r"reg 3,0,c0,c5,0", ANY, "ID registers: trace"),
    (r"reg 3,0,c0,c6,2", ANY, "ID registers: MOPS"),
    (r"reg 3,0,c0,c7,[0-4]", ANY, "ID registers: FGT, ECV, HCX, NV"),
    (r"reg 3,0,c1,c2,4", None, "SMPRI_EL1: SME"),
    (r"reg 3,[03],c13,c0,[57]", None, "TPIDR2_EL0: SME; SCXTNUM: CSV2_2"),
    # What happened before, where it lies, and what time it is.
    (r"reg 3,0,c4,c0,1", r"rw 0x4[0-9a-f]{7}", "ELR_EL1"),
    (r"reg 3,0,c6,c0,0", ANY, "FAR_EL1"),
    (r"reg 3,0,c12,c0,0", r"rw 0x4[0-9a-f]{7}", "VBAR_EL1"),
    (r"reg 3,3,c14,(c0,[1256]|c[23],0)", r"r. 0x[0-9a-f]+", "counters, timer values"),
    (r"reg 3,3,c2,c4,[01]", r"r- 0x[0-9a-f]+", "random numbers"),
]


def table(console):
    """The last word on each thing: a line that another broke into comes again."""
    return dict(SAID.findall(console))


def bare(board, folder):
    """What the program prints on the board itself, from EL1."""
    board.guest(HERE / "attack", folder, BARE="y")
    board.start(kernel=folder / "attack-arm64.bin", machine=BARE, cpus=1, timeout=300,
                **runs.THREADS)
    board.expect(r"guest: passed", timeout=300)
    return table(board.console)


def explained(name, seen):
    for pattern, wanted, _ in DIFFERENT:
        if re.fullmatch(pattern, name):
            return seen is None if wanted is None else re.fullmatch(wanted, seen or "")
    return False


@pytest.mark.req("BH-CALL-004", "BH-ARM64-002", "BH-ARM64-010")
def test_every_access_and_every_register(board, tmp_path):
    console = runs.attack(board, tmp_path).console
    assert len(re.findall(r"^\[\w+\] guest: passed$", console, re.M)) == 3
    begins = BEGINS.findall(console)
    assert {name for name, _ in begins} == {"one", "two"} and len({b for _, b in begins}) == 1
    assert len(re.findall(r"^\[attack\] fetch 0x[0-9a-f]+ \| esr 0x86000010 far \+0$", console,
                          re.M)) == 10
    guest = table("\n".join(re.findall(r"^\[attack\] (.*)$", console, re.M)))
    machine = bare(board, tmp_path)
    assert len(guest) > 250
    wrong = {n: (guest.get(n), machine.get(n)) for n in sorted(guest.keys() | machine.keys())
             if guest.get(n) != machine.get(n) and not explained(n, guest.get(n))}
    assert not wrong, "\n".join(f"{n}: guest {g}, bare {b}" for n, (g, b) in wrong.items())


@pytest.mark.req("BH-CALL-002", "BH-CONS-002")
@pytest.mark.boards("qemu_virt_arm64")
def test_cpus_race_for_a_cpu_on_threads_of_their_own(board, tmp_path):
    console = runs.calls(board, tmp_path).console
    assert "[calls] guest: passed" in console
    assert "panic" not in console


# --- How much of the image that was --------------------------------------------------------------

LEAST = 90  # ways gone of a hundred that a handler has

HANDLERS = [
    "core/vm/hypercall.c", "core/vm/trap.c", "core/vm/memory.c", "core/vm/mmio.c", "core/vm/vpl011.c",
    "core/vm/power.c", "core/svc/channel.c", "core/svc/manage.c", "core/svc/handle.c",
    *(f"arch/arm64/virt/{name}.c" for name in (
        "psci", "smccc", "trng", "sysreg", "debug", "pmu", "idregs", "fault", "exit", "decode", "insn",
        "fetch", "vgic", "vgic_fast", "vgic_hw", "vgic_model", "vgic_regs", "vgic_v2", "vgic_v3"))]

ATTACKS = [("qemu_virt_arm64", runs.attack), ("qemu_virt_arm64/max", runs.attack),
           ("qemu_virt_arm64", runs.calls), ("qemu_virt_arm64", runs.vgic),
           ("qemu_virt_arm64/gicv2", runs.vgic)]


def ran(board, name, what, folder):
    """What a test before this one has run; runs it if none has."""
    if (name, what.__name__) not in runs.DONE:
        folder = folder / f"{name.replace('/', '-')}-{what.__name__}"
        folder.mkdir()
        other = pytest_bulkhead.BoardRun(board.config, name, board.wanted, folder)
        try:
            what(other, folder)
        finally:
            other.stop()
    return runs.DONE[name, what.__name__]


@pytest.mark.req("BH-CALL-005")
@pytest.mark.boards("qemu_virt_arm64")
def test_branches_of_handlers(board, tmp_path):
    """What cannot be reached is in unreached.txt; what is left is printed by line."""
    blocks = {}
    for name, what in ATTACKS:
        done = ran(board, name, what, tmp_path)
        blocks.setdefault(done.elf, []).append(done.blocks)
    few, stale = coverage.print_branches(coverage.branches(list(blocks.items())), HANDLERS,
                                         HERE / "unreached.txt", SOURCE, LEAST)
    assert not few
    assert not stale


# --- How long it kept interrupts waiting ---------------------------------------------------------

@pytest.mark.bench
@pytest.mark.req("BH-VM-004")
@pytest.mark.boards("qemu_virt_arm64")
def test_the_longest_stretch_with_interrupts_masked(board, tmp_path):
    """Of all CPUs that run guests, in all that attacks; and of what says nothing in the log, which
    a slow port makes longer. What the tests are allowed is what there is (docs/benchmarks.md)."""
    counts = ran(board, "qemu_virt_arm64", runs.attack, tmp_path).counts
    quiet, said = (list(plugin.read_stretches(counts, kind).values())
                   for kind in ("stretch", "apart"))
    for metric, spans in (("irqs_masked_longest", quiet + said), ("irqs_masked_quiet", quiet)):
        s = plugin.together(spans)
        board.figure(metric, "instructions", s.n, s.min, round(s.sum / s.n, 2), s.max)
        print(metric, s)
    assert plugin.together(quiet).n > 10000
