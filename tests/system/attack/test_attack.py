# SPDX-License-Identifier: Apache-2.0
"""Every form of access and every system register, from inside a guest, held against the same
program on the bare machine; and registers that must stay a vcpu's own."""

import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM = HERE / "attack.dts"
GUESTS = HERE.parents[1] / "guest"
CPUS = 5
BARE = "virt-10.0,gic-version=3,dtb-randomness=off"
THREADS = {"icount": "", "accel": "tcg,thread=multi"}

SAID = re.compile(r"^((?:reg|trap|access \S+ \|) [^|\n]+) \| (.*)$", re.M)
BEGINS = re.compile(r"^\[(\w+)\] state: begins as ([0-9a-f]+), \d+ registers$", re.M)

# What differs from the bare machine: name, what the guest must see instead (None: undefined), why.
ABORT_READ, ABORT_WRITE = r"esr 0x96000010 far \+0", r"esr 0x96000050 far \+0"
ANY = r".*"
DIFFERENT = [
    # Emulated devices take plain loads and stores, of one or two registers.
    (r"access (gicd|uart) \| (ld1|ldxr|ldaxr|ldxp).*", ABORT_READ, "not a plain load"),
    (r"access (gicd|uart) \| (st1|dc zva|ldadd|ldset|swp|cas).*", ABORT_WRITE, "not a plain store"),
    (r"access uart \| stxr .*", r"0 0 1 .*", "it follows no exclusive load that went well"),
    (r"access gicd \| (ldp w|ldpsw|ldnp w).*", r"10203040 10203080 - .*",
     "QEMU makes one access of 8 bytes of it, which its distributor answers with zero"),
    (r"access uart \| (ldp x|ldp q).*", ANY, "an access is to one register; QEMU's is to two"),
    (r"access nothing \| (ldadd|ldset|swp|cas).*", ABORT_WRITE,
     "QEMU's stage 2 calls it a write, its memory a read"),
    # There is an EL2 above, and none on the bare machine.
    (r"reg 3,0,c0,c1,1", r"r- 0x1001.001", "virtualization extensions"),
    (r"reg 3,0,c0,c4,0", r"r- 0x[0-9a-f]*222", "EL2"),
    (r"reg 3,0,c12,c0,[12]", None, "RVBAR_EL1 and RMR_EL1 are the highest level's"),
    (r"reg 3,3,c14,c0,0", r"r- .*", "CNTFRQ_EL0 is written at the highest level"),
    (r"reg 3,1,c1[15],.*", None, "implementation defined"),
    # What guests are not given, and what goes with it.
    (r"reg 2,0,c1,c1,4", r"r- 0x8", "the OS lock is open"),
    (r"reg 2,0,c7,c8,6", r"rw 0x0", "no debug registers"),
    (r"reg 3,3,c9,c12,[067]", r"r. 0x0", "no performance monitor"),
    (r"reg 3,0,c0,c4,[1-5]", ANY, "ID registers: MTE, SME, SVE"),
    (r"reg 3,0,c0,c5,0", ANY, "ID registers: performance monitor, trace"),
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
    subprocess.run(["make", "-s", "-C", GUESTS, "ARCH=arm64", f"GUEST={HERE / 'attack'}",
                    f"OUTPUT={folder}", "BARE=y"], check=True, timeout=120)
    board.start(kernel=folder / "attack-arm64.bin", machine=BARE, cpus=1, timeout=300, **THREADS)
    board.expect(r"guest: passed", timeout=300)
    return table(board.console)


def explained(name, seen):
    for pattern, wanted, _ in DIFFERENT:
        if re.fullmatch(pattern, name):
            return seen is None if wanted is None else re.fullmatch(wanted, seen or "")
    return False


@pytest.mark.req("BH-CALL-004", "BH-ARM64-002")
def test_every_access_and_every_register(board, tmp_path):
    board.start(initrd=board.system_image(SYSTEM, cpus=CPUS), cpus=CPUS, timeout=600, **THREADS)
    board.expect(r"every partition has come to its end", timeout=600)
    console = board.console
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
