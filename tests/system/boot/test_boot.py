# SPDX-License-Identifier: Apache-2.0
"""The released image boots on every bed, and says what the machine is."""

import re

import pytest

# What a board's log must name, by the word in front of the colon.
VIRT = {
    "irqchip": [r"GICv3 at 0x8000000", r"GICv3 redistributors at 0x80a0000", r"GIC ITS 0 at 0x8080000"],
    "iommu": [r"SMMUv3 at 0x9050000"],
    "pcie": [r"segment 0, buses 0 to 255, ECAM at 0x4010000000, 256 MiB",
             r"0000:00:01.0 1234:11e8 device, group 1, MSI 1, no reset, blocked"],
    "uart": [r"PL011 at 0x9000000, interrupt 33, console"],
    "power": [r"PSCI by SMC"],
}
Q35 = {
    "irqchip": [r"I/O APIC 0 at 0xfec00000, interrupts from 0", r"local APIC at 0xfee00000"],
    "iommu": [r"VT-d at 0xfed90000"],
    "pcie": [r"segment 0, buses 0 to 255, ECAM at 0xb0000000, 256 MiB",
             r"0000:00:1f.2 8086:2922 SATA, group \d+, MSI 1, no reset, blocked"],
    "power": [r"PM timer at port 0x608", r"off by 0 to port 0x604", r"reset by 0xf to port 0xcf9"],
}
BOCHS = {
    "irqchip": [r"I/O APIC 2 at 0xfec00000, interrupts from 0", r"local APIC at 0xfee00000"],
    "iommu": [],
    "pcie": [r"segment 0, buses 0 to 255, ports 0xcf8/0xcfc",
             r"0000:00:01.1 8086:7010 IDE, group 1, no reset, off, no IOMMU"],
    "power": [r"PM timer at port 0xb008", r"off by 0 to port 0xb004"],
}
IMX8MP = {
    "irqchip": [r"GICv3 at 0x38800000", r"GICv3 redistributors at 0x38880000"],
    "iommu": [],
    "pcie": [r"segment 0, buses 0 to 255, DesignWare at 0x33800000",
             r"0000:01:00.0 8086:10d3 network, group 0, MSI 1, .*, off, no IOMMU"],
    "uart": [r"i.MX UART at 0x30890000, interrupt 59, console"],
    "power": [r"PSCI by SMC"],
}
MACHINES = {
    "qemu_virt_arm64": VIRT,
    "qemu_virt_arm64/gicv2": {**VIRT, "irqchip": [
        r"GICv2 at 0x8000000, CPU interface 0x8010000, GICH 0x8030000, GICV 0x8040000"]},
    "qemu_q35_svm_vtd": Q35,
    "qemu_q35_svm_amdvi": {**Q35, "iommu": [r"AMD-Vi at 0xfed80000"]},
    "bochs_tigerlake": BOCHS,
    "bochs_ryzen": BOCHS,
    "imx8mp_evk": IMX8MP,
}

# The virtualization extension, and protections that must be in force at least.
X86_PROTECTIONS = {"w^x", "nx", "wp", "smep", "smap", "stack-guard", "stack-protector"}
ARM64_PROTECTIONS = {"wxn", "stack-guard", "stack-protector"}
CPUS = {
    "qemu_virt_arm64": (r"Cortex-A57 r1p0", r"EL2\b", ARM64_PROTECTIONS),
    "qemu_virt_arm64/a76": (r"Cortex-A76 r\dp\d", r"EL2\b.*VHE", ARM64_PROTECTIONS),
    "qemu_virt_arm64/max": (r"QEMU max", r"EL2\b", ARM64_PROTECTIONS | {"pac", "bti"}),
    "qemu_q35_svm_vtd": (r"QEMU TCG CPU", r"SVM", X86_PROTECTIONS | {"umip"}),
    "qemu_q35_svm_amdvi": (r"QEMU TCG CPU", r"SVM", X86_PROTECTIONS | {"umip"}),
    "bochs_tigerlake": (r"11th Gen Intel", r"VMX", X86_PROTECTIONS | {"umip", "ibt", "shadow-stack"}),
    "bochs_ryzen": (r"AMD Ryzen 7 1700", r"SVM", X86_PROTECTIONS),
    "imx8mp_evk": (r"Cortex-A53 r0p4", r"EL2\b", ARM64_PROTECTIONS),
}

STEPS = ["console", "discover the machine", "own address space", "IOMMUs block everything",
         "interrupts and timer", "other CPUs", "enumerate PCIe", "system image", "partitions", "run"]

# Every bed of the tree with its variants; the tables above know no others.
ALL = pytest.mark.boards(*CPUS, *(f"{name}/*" for name in CPUS))
# Not the variants without instruction counting, and not those that read a disk: QEMU completes the
# reads in threads of its own.
DETERMINISTIC = pytest.mark.boards("default", "qemu_virt_arm64/max", "qemu_virt_arm64/gicv2")


def expected(table, name):
    """What is written for the variant, else for its board."""
    return table.get(name, table.get(name.partition("/")[0]))


def texts(board):
    """The log without stamps and levels."""
    return [re.sub(r"^\[[ .\d]+\] \w+ +", "", line) for line in board.lines]


def named(board, what):
    return [t.partition(": ")[2] for t in texts(board) if t.startswith(what + ": ")]


@pytest.fixture
def booted(board):
    return board.boot()


@pytest.mark.req("BH-BOOT-001", "BH-BOOT-002", "BH-BOOT-003", "BH-IOMMU-001", "BH-TIME-001")
@ALL
def test_log_says_what_the_machine_is(booted):
    """One boot a bed; each check below reads its log."""
    check_machine(booted)
    check_cpus(booted)
    check_memory(booted)
    check_iommus(booted)
    check_protections(booted)
    check_steps(booted)
    assert [line for line in booted.lines if re.match(r"\[[ .\d]+\] error", line)] == []


def check_machine(board):
    for what, patterns in expected(MACHINES, board.name).items():
        lines = named(board, what)
        for pattern in patterns:
            assert any(re.match(pattern, line) for line in lines), f"{what}: {pattern}: {lines}"


def check_cpus(board):
    count = int(board.parameters["cpus"])
    (cpus,) = named(board, "cpus")
    assert len(cpus.split()) == count
    assert f"{count} of {count} CPUs up, each took a timer interrupt and a kick" in texts(board)


def check_memory(board):
    """All of it, less what firmware keeps: 640 KiB to 1 MiB and tables on a PC."""
    found = [re.match(r"0x.*, (\d+) (KiB|MiB|GiB)$", line) for line in named(board, "memory")]
    sizes = [m for m in found if m]
    unit = {"KiB": 1, "MiB": 1024, "GiB": 1024 * 1024}
    total = sum(int(m[1]) * unit[m[2]] for m in sizes)
    want = int(board.parameters["memory"]) * 1024
    assert want - 1024 <= total <= want


def check_iommus(board):
    """Blocked, and before anything else is switched on."""
    log = texts(board)
    for index, place in enumerate(expected(MACHINES, board.name)["iommu"]):
        assert f"IOMMU {index}: {place}: blocking" in log
        blocks = log.index(f"iommu {index}: {place} blocks every device")
        assert log.index("boot: IOMMUs block everything") < blocks
        assert blocks < log.index("boot: interrupts and timer")
    if not expected(MACHINES, board.name)["iommu"]:
        assert "no IOMMU: nothing keeps a device's DMA out of any memory" in log


def check_protections(board):
    name, extension, protections = expected(CPUS, board.name)
    (cpu,) = named(board, "CPU")
    assert re.match(rf"{name}.*, virtualization: {extension}", cpu)
    (have,) = named(board, "protections in force")
    assert protections <= set(have.split())


def check_steps(board):
    log = texts(board)
    assert [t.removeprefix("boot: ") for t in log if t.startswith("boot: ")] == STEPS
    reported = ", ".join(named(board, "boot took, in ticks"))
    ticks = {name: int(n) for name, n in re.findall(r"([A-Za-z ]+?) (\d+)(?:, |$)", reported)}
    assert list(ticks) == STEPS and min(ticks.values()) > 0
    assert log[-1] == "boot complete"
    if board.deterministic:
        assert ticks["interrupts and timer"] <= 300_000


@pytest.mark.req("BH-BOOT-004")
@DETERMINISTIC
def test_two_runs_give_identical_logs(board):
    first = board.boot().console
    assert board.boot().console == first


@pytest.mark.req("BH-TIME-001")
@pytest.mark.boards("default", "qemu_q35_svm_vtd/disk")
def test_frequency_is_right(booted):
    """The instruction clocks run at 1 GHz; on Bochs a tick is an instruction, and so many a second."""
    found = re.search(r"time by (.*) at (\d+) Hz", booted.console)
    right = int(booted.parameters.get("ips", 1_000_000_000))
    tolerance = 0 if found[1] == "CNTFRQ_EL0" else 0.002
    assert abs(int(found[2]) - right) <= right * tolerance


@pytest.mark.req("BH-SMP-001")
@pytest.mark.boards("qemu_virt_arm64", "qemu_q35_svm_vtd", "bochs_tigerlake")
def test_every_cpu_comes_online(board, scope):
    few = (1, 3, 8, 10) if board.arch == "arm64" else (1, 10)
    for cpus in scope.count(few, range(1, 11)):
        board.boot(cpus=cpus)
        assert f"{cpus} of {cpus} CPUs up, each took a timer interrupt and a kick" in texts(board)


@pytest.mark.req("BH-SMP-001")
@pytest.mark.boards("qemu_virt_arm64")
def test_cpus_beyond_the_configured_number_stay_off(board):
    board.boot(cpus=11)
    log = texts(board)
    assert "10 of 10 CPUs up, each took a timer interrupt and a kick" in log
    assert "devicetree: CPU 0xa left out: more than the 10 Bulkhead holds" in log


@pytest.mark.req("BH-BOOT-005")
@pytest.mark.boards("qemu_q35_svm_vtd/disk", "qemu_q35_svm_amdvi/disk")
def test_disk_says_the_same_as_the_elf_file(booted):
    """But for addresses the loader chose, and times."""

    def story(board):
        keep = [t for t in texts(board) if not t.startswith(("boot took", "interrupts by"))]
        return [t for t in keep if not t.startswith(("memory:", "reserved:"))]

    disk = story(booted)
    booted.boot(kernel=booted.build_dir / "bulkhead.elf", disk="")
    assert story(booted) == disk
