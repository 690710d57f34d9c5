# SPDX-License-Identifier: Apache-2.0
"""One manifest for each way to break a rule: the good one with one thing changed, and what is said
of it. Host and board read the same trees."""

import dataclasses

GOOD = """/dts-v1/;
/ {
	compatible = "bulkhead,system";
	model = "vectors";
	bulkhead,rollback-index = <1>;

	payloads {
		image { file = "image.bin"; };
	};

	partitions {
		a: a {
			cpus = <0>;
			console;
			devices = "/pl031@9010000";

			memory@40000000 { size = <0x1000000>; };
			kernel { payload = "image"; type = "raw"; };
			shared@80000000 { region = <&shm>; };
		};

		b: b {
			cpus = <1>;
			after = <&a>;

			memory@40000000 { size = <0x1000000>; };
			kernel { payload = "image"; type = "raw"; };
			shared@80000000 { region = <&shm>; rights = "r"; };
		};
	};

	regions {
		shm: shm { size = <0x10000>; };
	};

	channels {
		ab { ends = <&a>, <&b>; size = <0x1000>; address = <0x90000000>; };
	};
};
"""

# PCs name no devices by path, and their guests have no doorbells yet.
GOOD_OF = {
    "arm64": GOOD,
    "x86": GOOD.replace('devices = "/pl031@9010000";', "")
               .replace("ab { ends = <&a>, <&b>; size = <0x1000>; address = <0x90000000>; };", ""),
}

MARK = "/*!*/"  # the line that is blamed


@dataclasses.dataclass(frozen=True)
class Vector:
    rule: str
    old: str  # first occurrence in GOOD ...
    new: str  # ... becomes this
    node: str
    property: str
    text: str
    arch: str = "arm64"
    more: tuple = ()  # (old, new) again, for what takes two changes

    @property
    def marked(self):
        good = GOOD_OF[self.arch]
        for old, new in ((self.old, self.new), *self.more):
            assert old in good, old
            good = good.replace(old, new, 1)
        return good

    @property
    def source(self):
        return self.marked.replace(MARK, "")

    @property
    def line(self):
        lines = [n for n, text in enumerate(self.marked.split("\n"), 1) if MARK in text]
        return lines[0] if lines else None


A, B = "/partitions/a", "/partitions/b"
CPUS, MEMORY, SIZE = "cpus = <0>;", "memory@40000000 {", "size = <0x1000000>;"
KERNEL, DEVICES = 'kernel { payload = "image"; type = "raw"; };', 'devices = "/pl031@9010000";'
SHARED, ENDS = "shared@80000000 { region = <&shm>; };", "ends = <&a>, <&b>;"


REGIONS, S = "\tregions {", "/schedules/s"


def schedule(cpus, windows, lengths, more=""):
    return (f"\tschedules {{ s {{ /*!*/ cpus = {cpus}; windows = {windows}; "
            f"window-us = {lengths}; {more} }}; }};\n{REGIONS}")


def many(count, text):
    return "\n".join(text.format(n=n, hex=f"{n:x}") for n in range(count))


VECTORS = [
    Vector("unknown-node", SHARED, SHARED + " timer { }; /*!*/", A + "/timer", "",
           "there is no such node in this place"),
    Vector("unknown-node", "regions {", "clocks { }; /*!*/ regions {", "/clocks", "",
           "there is no such node in this place"),
    Vector("unknown-property", CPUS, CPUS + " cpu = <1>; /*!*/", A, "cpu",
           "there is no such property here: perhaps cpus"),
    Vector("unknown-property", SIZE, "size = <0x1000000>; colour = <1>; /*!*/", A + "/memory@40000000",
           "colour", "there is no such property here"),
    Vector("unknown-property", "size = <0x10000>;", "size = <0x10000>; watchdog-ms = <100>; /*!*/",
           "/regions/shm", "watchdog-ms", "there is no such property here"),
    Vector("missing", "a: a {\n\t\t\t" + CPUS, "a: a { /*!*/", A, "cpus", "it is missing"),
    Vector("missing", "a: a {\n", "a: a { /*!*/\n", A, "", "it has no kernel", more=((KERNEL, ""),)),
    Vector("missing", "a: a {\n", "a: a { /*!*/\n", A, "", "it has no memory", more=((MEMORY + " " + SIZE + " };", ""),)),
    Vector("missing", "bulkhead,rollback-index = <1>;", "", "/", "bulkhead,rollback-index",
           "it is missing"),
    Vector("missing", ' file = "image.bin"; ', " /*!*/ ", "/payloads/image", "file", "it is missing"),
    Vector("name", "b: b {", "b: b,c { /*!*/", "/partitions/b,c", "", "a name that cannot be used"),
    Vector("name", "b: b {", "b: " + "b" * 32 + " { /*!*/", "/partitions/" + "b" * 32, "",
           "a name that cannot be used"),
    Vector("unit-address", MEMORY, "memory@40000800 { /*!*/", A + "/memory@40000800", "",
           "expected a multiple of 1000 in small hexadecimal digits"),
    Vector("unit-address", MEMORY, "memory@040000000 { /*!*/", A + "/memory@040000000", "",
           "expected a multiple of 1000 in small hexadecimal digits"),
    Vector("unit-address", "kernel {", "kernel@1000 { /*!*/", A + "/kernel@1000", "",
           "this node has no unit address"),
    Vector("unit-address", "shared@80000000 {", "shared { /*!*/", A + "/shared", "",
           "a unit address is needed: where the partition sees it"),
    Vector("form", CPUS, 'cpus = "0"; /*!*/', A, "cpus",
           '2 bytes, expected 1 to 64 numbers, or "rest"'),
    Vector("form", "console;", "console = <1>; /*!*/", A, "console",
           "4 bytes, expected a property without value"),
    Vector("form", SIZE, "size = <1 2 3>; /*!*/", A + "/memory@40000000", "size",
           '12 bytes, expected one number <n> or <high low>, or "rest"'),
    Vector("form", "console;", "console; bootargs = [61 62]; /*!*/", A, "bootargs",
           "2 bytes, expected one string"),
    Vector("form", "console;", 'console; bootargs = "a", "b"; /*!*/', A, "bootargs",
           "4 bytes, expected one string"),
    Vector("form", DEVICES, "devices = [2f 61]; /*!*/", A, "devices", "2 bytes, expected strings"),
    Vector("form", ENDS, "ends = <&a>; /*!*/", "/channels/ab", "ends",
           "4 bytes, expected 2 to 2 numbers"),
    Vector("form", "console;", "console; watchdog-ms = <0 100>; /*!*/", A, "watchdog-ms",
           "8 bytes, expected one number <n>"),
    Vector("range", SIZE, "size = <0x1001>; /*!*/", A + "/memory@40000000", "size",
           "0x1001, expected a multiple of 0x1000"),
    Vector("range", SIZE, "size = <0>; /*!*/", A + "/memory@40000000", "size",
           "0x0, expected a multiple of 0x1000 above 0"),
    Vector("range", "console;", "console; watchdog-ms = <1>; /*!*/", A, "watchdog-ms",
           "1, expected 10 to 3600000"),
    Vector("range", "console;", f'console; bootargs = "{"x" * 1024}"; /*!*/', A, "bootargs",
           "1024 characters, expected 0 to 1023"),
    Vector("word", 'type = "raw"', 'type = "elf32" /*!*/', A + "/kernel", "type",
           'expected one of "raw|elf|linux|pvh|multiboot|real"'),
    Vector("word", "console;", 'console; on-failure = "ignore"; /*!*/', A, "on-failure",
           'expected one of "halt|restart|degrade"'),
    Vector("word", "console;", 'console; on-watchdog = "log"; /*!*/', A, "on-watchdog",
           'expected one of "as-failure|halt|restart|degrade|ignore"'),
    Vector("word", '"bulkhead,system";', '"bulkhead,other"; /*!*/', "/", "compatible",
           'expected one of "bulkhead,system"'),
    Vector("too-many", "a: a {", many(15, "p{n} {{ }};") + "a: a {", "/partitions/b", "",
           "one too many: at most 16"),
    Vector("too-many", MEMORY, many(8, "memory@5{hex}000000 {{ size = <0x1000>; }};") + MEMORY,
           A + "/memory@40000000", "", "one too many: at most 8"),
    Vector("too-many", "shm: shm {",
           many(32, "r{n} {{ size = <0x1000>; }};") + "/*!*/ shm: shm {", "/regions/shm", "",
           "one too many: at most 32"),
    Vector("too-many", "shm: shm {", many(31, "r{n} {{ size = <0x1000>; }};") + "shm: shm {",
           "/channels/ab", "", "32 regions and channels together, and no more fit"),
    Vector("reference", "after = <&a>;", "after = <77>; /*!*/", B, "after",
           "reference 1 leads to no partition"),
    Vector("reference", "after = <&a>;", "after = <&a &shm>; /*!*/", B, "after",
           "reference 2 leads to no partition"),
    Vector("reference", "region = <&shm>;", "region = <&a>; /*!*/", A + "/shared@80000000", "region",
           "the reference leads to no node of /regions"),
    Vector("reference", ENDS, "ends = <&a>, <&shm>; /*!*/", "/channels/ab", "ends",
           "reference 2 leads to no partition"),
    Vector("cpu-absent", CPUS, "cpus = <0 4>; /*!*/", A, "cpus",
           "CPU 4 is not there: the board has CPUs 0 to 1"),
    Vector("cpu-absent", CPUS, "cpus = <0xffffffff>; /*!*/", A, "cpus",
           "CPU 4294967295 is not there: the board has CPUs 0 to 1"),
    Vector("cpu-shared", "cpus = <1>;", "cpus = <0>; /*!*/", B, "cpus", "CPU 0 belongs to partition a"),
    Vector("cpu-shared", CPUS, "cpus = <0 0>; /*!*/", A, "cpus", "CPU 0 is there twice"),
    Vector("cpu-none", CPUS, 'cpus = <0 1>;', B, "cpus", "nothing is left: others have all 2 CPUs",
           more=(("cpus = <1>;", 'cpus = "rest"; /*!*/'),)),
    Vector("cpu-shared", "cpus = <1>;", "cpus = <0 1 1>; /*!*/", B, "cpus", "CPU 1 is there twice",
           more=((REGIONS, schedule("<0>", "<&a>, <&b>", "<1000 1000>")),)),
    Vector("cpu-absent", REGIONS, schedule("<7>", "<&a>", "<1000>"), S, "cpus",
           "CPU 7 is not there: the board has CPUs 0 to 1"),
    Vector("schedule", REGIONS, schedule("<0>", "<&a>, <&b>", "<1000 1000>"), S, "windows",
           "partition b has a window, but not CPU 0"),
    Vector("schedule", REGIONS, schedule("<0>", "<&a>", "<1000>"), S, "windows",
           "partition b has CPU 0, but no window", more=(("cpus = <1>;", "cpus = <0>;"),)),
    Vector("schedule", REGIONS, schedule("<0 0>", "<&a>", "<1000>"), S, "cpus",
           "CPU 0 follows schedule s already"),
    Vector("windows", REGIONS, schedule("<0>", "<&a>", "<1000 1000 1000>"), S, "window-us",
           "3 lengths for 1 windows"),
    Vector("windows", REGIONS, schedule("<0>", "<&a>", "<99>"), S, "window-us",
           "window 1: 99 us, expected 100 to 1000000"),
    Vector("windows", REGIONS, schedule("<0>", "<&a>", "<1000>", "degraded-windows = <&a>;"), S,
           "degraded-window-us", "0 lengths for 1 windows"),
    Vector("reference", REGIONS, schedule("<0>", "<&a &shm>", "<1000 1000>"), S, "windows",
           "reference 2 leads to no partition"),
    Vector("deadline", CPUS, CPUS + " deadline-us = <100>; /*!*/", A, "deadline-us",
           "CPU 0 is in no schedule"),
    Vector("guest-address", MEMORY, "memory@fffffff000 { /*!*/", A + "/memory@fffffff000", "",
           "memory: 0xfffffff000, 0x1000000 bytes; the partition's addresses end at 0x10000000000"),
    Vector("guest-address", "address = <0x90000000>", "address = <0xffffffff 0xfffff000>", A, "",
           "ab: 0xfffffffffffff000, 0x1000 bytes; the partition's addresses end at 0x10000000000"),
    Vector("guest-overlap", "shared@80000000 {", "shared@40fff000 { /*!*/", A + "/shared@40fff000", "",
           "shm: 0x40fff000 to 0x4100efff overlaps memory: 0x40000000 to 0x40ffffff"),
    Vector("guest-overlap", MEMORY, "memory@8f00000 { /*!*/", A, "",
           "interrupt controller: 0x8000000 to 0x8ffffff overlaps memory: 0x8f00000 to 0x9efffff",
           more=(("a: a {", "a: a { /*!*/"),)),
    Vector("guest-overlap", MEMORY, "memory@9000000 {", A, "",
           "console: 0x9000000 to 0x9000fff overlaps memory: 0x9000000 to 0x9ffffff"),
    Vector("guest-overlap", "address = <0x90000000>", "address = <0x9010000>", A, "",
           "/pl031@9010000: 0x9010000 to 0x9010fff overlaps ab: 0x9010000 to 0x9010fff"),
    Vector("guest-overlap", "shared@80000000 {", "shared@e1000000 {", A, "",
           "PCI window: 0xe1000000 to 0xfebfffff overlaps shm: 0xe1000000 to 0xe100ffff",
           more=(("console;", 'console; devices = "pci:0000:00:01.0";'),
                 ("a: a {", "a: a { /*!*/")), arch="x86"),
    Vector("guest-overlap", "shared@80000000 {", "shared@10000000 {", A, "",
           "PCI window: 0x10000000 to 0x3efeffff overlaps shm: 0x10000000 to 0x1000ffff",
           more=((DEVICES, 'devices = "pci:0000:00:01.0";'), ("a: a {", "a: a { /*!*/"))),
    Vector("place", SIZE, SIZE + " place = <0x10000000>; /*!*/", A + "/memory@40000000", "place",
           "0x10000000, 0x1000000 bytes: the board has no free RAM there"),
    Vector("place", SIZE, SIZE + " place = <0xffffffff 0xfffff000>; /*!*/", A + "/memory@40000000",
           "place", "0xfffffffffffff000, 0x1000000 bytes: the board has no free RAM there"),
    Vector("place", "shm: shm { size = <0x10000>;",
           "s2 { size = <0x1000>; place = <0x60000000>; }; "
           "shm: shm { size = <0x10000>; place = <0x60000000>; /*!*/", "/regions/shm", "place",
           "0x60000000, 0x10000 bytes: somebody else has some of it"),
    Vector("ram-short", SIZE, "size = <0x1 0>; /*!*/", A + "/memory@40000000", "size",
           "0x100000000 bytes do not fit: "),
    Vector("ram-rest", SIZE, 'size = "rest";', B + "/memory@40000000", "size",
           "another memory takes the rest", more=((SIZE, 'size = "rest"; /*!*/'),)),
    Vector("ram-rest", SIZE, 'size = "rest"; place = <0x60000000>; /*!*/', A + "/memory@40000000",
           "size", "the rest has no place of its own"),
    Vector("payload-missing", 'payload = "image"', 'payload = "linux" /*!*/', A + "/kernel", "payload",
           "linux is not in /payloads"),
    Vector("payload-type", 'type = "raw"', 'type = "pvh" /*!*/', A + "/kernel", "type",
           "this architecture does not boot pvh"),
    Vector("payload-address", 'type = "raw";', 'type = "raw"; load = <0x1000>; /*!*/', A + "/kernel",
           "load", "0x1000 is not in the partition's memory"),
    Vector("payload-address", 'type = "raw";', 'type = "raw"; entry = <0x41000000>; /*!*/',
           A + "/kernel", "entry", "0x41000000 is not in the partition's memory"),
    Vector("device-absent", DEVICES, 'devices = "/rtc@9010000"; /*!*/', A, "devices",
           "/rtc@9010000: the board has no such device"),
    Vector("device-absent", CPUS, CPUS + ' devices = "/isa/serial@i3f8"; /*!*/', A, "devices",
           "/isa/serial@i3f8: the board has no such device", arch="x86"),
    Vector("device-own", DEVICES, 'devices = "/pl011@9000000"; /*!*/', A, "devices",
           "/pl011@9000000: Bulkhead drives it itself"),
    Vector("device-own", DEVICES, 'devices = "/flash@0"; /*!*/', A, "devices",
           "/flash@0: Bulkhead drives it itself"),
    Vector("device-shared", "cpus = <1>;", 'cpus = <1>; devices = "/pl031@9010000"; /*!*/', B,
           "devices", "/pl031@9010000: belongs to partition a"),
    Vector("device-shared", DEVICES, 'devices = "/pl031@9010000", "/pl031@9010000"; /*!*/', A,
           "devices", "/pl031@9010000: is there twice"),
    Vector("device-shared", f"{CPUS}\n\t\t\tconsole;\n\t\t\t{DEVICES}",
           f'{CPUS} console; devices = "rest";', B, "devices", "rest: it is taken by partition a",
           more=(("cpus = <1>;", 'cpus = <1>; devices = "rest"; /*!*/'),)),
    Vector("device-group", DEVICES, 'devices = "/virtio_mmio@a000200"; /*!*/ '
           'bulkhead,registers-only = "/virtio_mmio@a000200";', A, "devices",
           "/virtio_mmio@a000200: shares a page or a stream id with /virtio_mmio@a000000"),
    Vector("device-dma", DEVICES, 'devices = "/fw-cfg@9020000"; /*!*/', A, "devices",
           "/fw-cfg@9020000: it may do DMA, and no IOMMU covers it"),
    Vector("dma-place", "console;", "console; bulkhead,unprotected-dma;", A + "/memory@40000000",
           "place", "seen at 0x40000000: expected to lie there too"),
    Vector("firmware-calls", CPUS, CPUS + " firmware-pass = <0xc2000000 0xc200ffff 1>; /*!*/", A,
           "firmware-pass", "3 numbers, expected pairs"),
    Vector("firmware-calls", CPUS, CPUS + " firmware-pass = <0x84000000 0x8400001f>; /*!*/", A,
           "firmware-pass", "0x84000000 to 0x8400001f cannot be passed"),
    Vector("firmware-calls", CPUS, CPUS + " firmware-pass = <0xc2000000 0xc3000000>; /*!*/", A,
           "firmware-pass", "0xc2000000 to 0xc3000000 cannot be passed"),
    Vector("firmware-calls", CPUS, CPUS + " firmware-deny = <2 1>; /*!*/", A, "firmware-deny",
           "0x2 to 0x1 cannot be a range"),
    Vector("too-many", CPUS, CPUS + " firmware-deny = <1 1 2 2 3 3 4 4 5 5 6 6 7 7>; "
           "firmware-pass = <0xc2000000 0xc2000000 0xc2000001 0xc2000001>; /*!*/", A, "firmware-pass",
           "more than 8 ranges of firmware calls"),
    Vector("lines", CPUS, CPUS + " bulkhead,lines = <21>; /*!*/", A, "bulkhead,lines",
           "the board's description says where pins lead"),
    Vector("lines", CPUS, CPUS + " bulkhead,lines = <21>; /*!*/", A, "bulkhead,lines",
           "not as many as devices", arch="x86"),
    Vector("ports", CPUS, CPUS + " ports = <0x2f8 0x2ff 1>; /*!*/", A, "ports",
           "3 numbers, expected pairs", arch="x86"),
    Vector("ports", CPUS, CPUS + " ports = <0x2f8 0x2ff>; /*!*/", A, "ports",
           "0x2f8 to 0x2ff: the board has no ports"),
    Vector("ports", CPUS, CPUS + " ports = <0x2ff 0x2f8>; /*!*/", A, "ports",
           "0x2ff to 0x2f8: no range of ports", arch="x86"),
    Vector("ports", CPUS, CPUS + " ports = <0x2f8 0x3f8>; /*!*/", A, "ports",
           "0x2f8 to 0x3f8: some are Bulkhead's, or every guest has them", arch="x86"),
    Vector("ports", "cpus = <1>;", "cpus = <1>; ports = <0x2ff 0x300>; /*!*/", B, "ports",
           "0x2ff to 0x300: some are taken", arch="x86",
           more=((CPUS, CPUS + " ports = <0x2f8 0x2ff>;"),)),
    Vector("cpu-feature", CPUS, CPUS + ' cpu-hide = "avx"; /*!*/', A, "cpu-hide",
           "avx: this architecture has no such feature"),
    Vector("cpu-feature", CPUS, CPUS + " tsc-frequency = <2000000000>; /*!*/", A, "tsc-frequency",
           "this architecture has no TSC"),
    Vector("cpu-feature", CPUS, CPUS + ' cpu-show = "vaes", "amx"; /*!*/', A, "cpu-show",
           "amx: this architecture has no such feature", arch="x86"),
    Vector("cpu-feature", CPUS, CPUS + ' cpu-show = "gfni"; cpu-hide = "smap", "gfni"; /*!*/', A,
           "cpu-hide", "gfni is to be shown and hidden", arch="x86"),
    Vector("start-order", CPUS, CPUS + " after = <&b>; /*!*/", A, "after",
           "it waits for b, which waits for it or for a circle"),
    Vector("start-order", "after = <&a>;", "after = <&b>; /*!*/", B, "after",
           "it waits for b, which waits for it or for a circle"),
    Vector("region-twice", SHARED, SHARED + " shared@81000000 { region = <&shm>; /*!*/ };",
           A + "/shared@81000000", "region", "shm is there twice"),
    Vector("channel-ends", ENDS, "ends = <&a>, <&a>; /*!*/", "/channels/ab", "ends",
           "both ends are partition a"),
]
