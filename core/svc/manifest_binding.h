/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binding of manifests, from which the reader's table and docs/manifest.md are made: every
 * node and property there is. What is not here is an unknown node or property.
 *
 * MANIFEST_NODES(N): N(kind, parent, name, unit address, need, text)
 *   name ""          any name of letters, digits, '.', '_' and '-'
 *   unit address     UNIT_NONE, UNIT_GPA (optional: where the partition sees it)
 *   need             OPTIONAL, REQUIRED; MANY is optional and may be there several times, SOME is
 *                    the same, once at least
 *
 * MANIFEST_PROPERTIES(P): P(kind, name, type, need, struct, field, low, high, words, default, text)
 *   VALUE_FLAG       no value: there or not
 *   VALUE_CELL       one 32-bit number, low to high
 *   VALUE_NUMBER     one or two cells: a multiple of low, at most high; or one of words
 *   VALUE_SIZE       the same, but not 0
 *   VALUE_STRING     low to high characters
 *   VALUE_STRINGS    a list of strings
 *   VALUE_WORD       one of words
 *   VALUE_CELLS      low to high 32-bit numbers; or one of words
 *   VALUE_REF        a node, by phandle
 *   VALUE_REFS       low to high nodes, by phandle
 */
#ifndef BULKHEAD_CORE_SVC_MANIFEST_BINDING_H
#define BULKHEAD_CORE_SVC_MANIFEST_BINDING_H

/* clang-format off */
#define MANIFEST_NODES(N)                                                                          \
N(NODE_ROOT, NODE_KINDS, "/", UNIT_NONE, REQUIRED, "The system.")                                  \
N(NODE_PAYLOADS, NODE_ROOT, "payloads", UNIT_NONE, OPTIONAL, "Files that go into the image.")      \
N(NODE_PAYLOAD, NODE_PAYLOADS, "", UNIT_NONE, MANY, "One file, under its name in the image.")      \
N(NODE_PARTITIONS, NODE_ROOT, "partitions", UNIT_NONE, REQUIRED, "What runs.")                     \
N(NODE_PARTITION, NODE_PARTITIONS, "", UNIT_NONE, SOME, "One isolated guest.")                     \
N(NODE_MEMORY, NODE_PARTITION, "memory", UNIT_GPA, SOME,                                           \
  "One chunk of its RAM. The unit address is where the guest sees it; without one, where the "     \
  "guests of this architecture have their RAM.")                                                   \
N(NODE_KERNEL, NODE_PARTITION, "kernel", UNIT_NONE, REQUIRED, "What it starts with.")              \
N(NODE_RAMDISK, NODE_PARTITION, "ramdisk", UNIT_NONE, OPTIONAL,                                    \
  "Handed to the kernel as its protocol says (Linux: initrd).")                                    \
N(NODE_SHARED, NODE_PARTITION, "shared", UNIT_GPA, MANY,                                           \
  "A region it sees. The unit address is where; it is needed.")                                    \
N(NODE_REGIONS, NODE_ROOT, "regions", UNIT_NONE, OPTIONAL, "RAM that partitions share.")           \
N(NODE_REGION, NODE_REGIONS, "", UNIT_NONE, MANY, "One range of RAM; nobody sees it unasked.")     \
N(NODE_CHANNELS, NODE_ROOT, "channels", UNIT_NONE, OPTIONAL, "Ways between two partitions.")       \
N(NODE_CHANNEL, NODE_CHANNELS, "", UNIT_NONE, MANY,                                                \
  "A region that both ends see, and a doorbell each way.")                                         \
N(NODE_SCHEDULES, NODE_ROOT, "schedules", UNIT_NONE, OPTIONAL, "CPUs that partitions share.")      \
N(NODE_SCHEDULE, NODE_SCHEDULES, "", UNIT_NONE, MANY,                                              \
  "Windows that follow each other over and over, for one CPU or for several in step.")

#define MANIFEST_PROPERTIES(P)                                                                     \
P(NODE_ROOT, "compatible", VALUE_WORD, REQUIRED, draft_root, compatible, 0, 0,                     \
  "bulkhead,system", "", "Says that this is a system.")                                            \
P(NODE_ROOT, "model", VALUE_STRING, OPTIONAL, draft_root, model, 1, 63, NULL, "\"\"",              \
  "A name for people.")                                                                            \
P(NODE_ROOT, "bulkhead,rollback-index", VALUE_CELL, REQUIRED, draft_root, rollback, 0,             \
  0x7fffffff, NULL, "", "Raise it when older images must not run any more (docs/image.md).")       \
P(NODE_PAYLOAD, "file", VALUE_STRING, REQUIRED, draft_payload, file, 1, 255, NULL, "",             \
  "Beside the source, or made by the Makefile beside it.")                                         \
P(NODE_PARTITION, "cpus", VALUE_CELLS, REQUIRED, draft_partition, cpus, 1, 64, "rest", "",         \
  "Its CPUs, numbered as the boot log numbers them, nobody else's; or \"rest\": those that "       \
  "nobody else has. vcpu 0 is on the lowest.")                                                     \
P(NODE_PARTITION, "bootargs", VALUE_STRING, OPTIONAL, draft_partition, bootargs, 0, 1023, NULL,    \
  "\"\"", "Command line.")                                                                         \
P(NODE_PARTITION, "console", VALUE_FLAG, OPTIONAL, draft_partition, console, 0, 0, NULL, "",       \
  "It gets a virtual UART, whose lines appear on the board's console under its name.")             \
P(NODE_PARTITION, "devices", VALUE_STRINGS, OPTIONAL, draft_partition, devices, 1, 128, NULL, "",  \
  "Devices of the board by path in its devicetree; or \"rest\": every device that nobody else "    \
  "has and that can be handed over.")                                                              \
P(NODE_PARTITION, "bulkhead,registers-only", VALUE_STRINGS, OPTIONAL, draft_partition,             \
  registers_only, 1, 128, NULL, "",                                                                \
  "Those of its devices that you vouch do no DMA though their binding is not known not to.")       \
P(NODE_PARTITION, "bulkhead,unprotected-dma", VALUE_FLAG, OPTIONAL, draft_partition,               \
  unprotected_dma, 0, 0, NULL, "",                                                                 \
  "Its devices may do DMA that no IOMMU checks: they reach all of memory, Bulkhead's too. Every "  \
  "boot warns of it. Its memory must then lie where the guest sees it: place = unit address.")     \
P(NODE_PARTITION, "bulkhead,no-reset", VALUE_STRINGS, OPTIONAL, draft_partition, no_reset, 1, 128, \
  NULL, "",                                                                                        \
  "Those of its PCI functions that may go without a reset: where there is no way to reset one, "   \
  "what one life of the partition leaves in it the next one finds. Every boot warns of it.")       \
P(NODE_PARTITION, "bulkhead,lines", VALUE_CELLS, OPTIONAL, draft_partition, lines, 1, 128, NULL,   \
  "", "For each of its devices, in their order, the interrupt line (GSI) that its pin asserts on " \
  "this board, as _PRT of the firmware's tables has it; 0: none. Only on boards whose own "        \
  "description does not say it, and only of PCI functions.")                                       \
P(NODE_PARTITION, "after", VALUE_REFS, OPTIONAL, draft_partition, after, 1, 16, NULL, "",          \
  "Partitions that are started before it.")                                                        \
P(NODE_PARTITION, "manages", VALUE_REFS, OPTIONAL, draft_partition, manages, 1, 16, NULL, "",      \
  "Partitions that it may start, stop and restart.")                                               \
P(NODE_PARTITION, "on-failure", VALUE_WORD, OPTIONAL, draft_partition, on_failure, 0, 0,           \
  "halt|restart|degrade", "\"halt\"", "What is done when it cannot go on: it is halted, "          \
  "restarted, or halted and the system degraded.")                                                 \
P(NODE_PARTITION, "on-error", VALUE_WORD, OPTIONAL, draft_partition, on_event[HEALTH_ERROR], 0, 0, \
  "as-failure|halt|restart|degrade", "\"as-failure\"",                                             \
  "What is done when hardware reports an error of what it did (SError, machine check).")           \
P(NODE_PARTITION, "on-deadline", VALUE_WORD, OPTIONAL, draft_partition,                            \
  on_event[HEALTH_DEADLINE], 0, 0, "as-failure|halt|restart|degrade|ignore", "\"as-failure\"",     \
  "What is done when it misses its deadline. What is ignored is logged once a start.")             \
P(NODE_PARTITION, "on-watchdog", VALUE_WORD, OPTIONAL, draft_partition,                            \
  on_event[HEALTH_WATCHDOG], 0, 0, "as-failure|halt|restart|degrade|ignore", "\"as-failure\"",     \
  "What is done when its watchdog runs out.")                                                      \
P(NODE_PARTITION, "on-dma-fault", VALUE_WORD, OPTIONAL, draft_partition, on_event[HEALTH_DMA], 0,  \
  0, "ignore|as-failure|halt|restart|degrade", "\"ignore\"",                                       \
  "What is done when an IOMMU refuses memory to a device of it. Each is counted and told.")        \
P(NODE_PARTITION, "restarts-max", VALUE_CELL, OPTIONAL, draft_partition, restarts_max, 1, 1000000, \
  NULL, "3", "Where it is restarted: so often, then it is halted.")                                \
P(NODE_PARTITION, "restarts-then", VALUE_WORD, OPTIONAL, draft_partition, restarts_then, 0, 0,     \
  "halt|degrade", "\"halt\"", "Then also: the system is degraded.")                                \
P(NODE_PARTITION, "runs-in", VALUE_WORD, OPTIONAL, draft_partition, runs_in, 0, 0,                 \
  "both|normal|degraded", "\"both\"",                                                              \
  "The mode of the system it runs in. One for degraded alone is started when the system is, one "  \
  "for normal alone is stopped then.")                                                             \
P(NODE_PARTITION, "watchdog-ms", VALUE_CELL, OPTIONAL, draft_partition, watchdog_ms, 10, 3600000,  \
  NULL, "", "It fails unless it reports so often. Without it there is no watchdog. On a CPU that " \
  "is shared it counts on, and is looked at in the partition's windows.")                          \
P(NODE_PARTITION, "deadline-us", VALUE_CELL, OPTIONAL, draft_partition, deadline_us, 10, 1000000,  \
  NULL, "", "It must report so soon after the start of each of its windows on the CPU of vcpu 0.") \
P(NODE_PARTITION, "firmware-deny", VALUE_CELLS, OPTIONAL, draft_partition, firmware_deny, 2, 16,   \
  NULL, "", "First and last numbers of firmware calls (SMCCC) that do not exist for its guest; "   \
  "they count before those that are passed. 8 pairs in all.")                                      \
P(NODE_PARTITION, "firmware-pass", VALUE_CELLS, OPTIONAL, draft_partition, firmware_pass, 2, 16,   \
  NULL, "", "The same of calls that are handed on to the machine's firmware: CPU, SiP and OEM "    \
  "service calls, which firmware must keep from harming others. All else Bulkhead answers itself.")\
P(NODE_PARTITION, "ports", VALUE_CELLS, OPTIONAL, draft_partition, ports, 2, 16, NULL, "",         \
  "PCs: first and last of I/O ports of the board that its guest reaches itself. You vouch that "   \
  "what is there harms nobody else: no IOMMU sees it. 8 pairs in all.")                            \
P(NODE_PARTITION, "cpu-show", VALUE_STRINGS, OPTIONAL, draft_partition, cpu_show, 1, 64, NULL, "", \
  "PCs: features of the CPU that its guest is shown, where the CPU has them, though without a "    \
  "word it would not be. docs/cpu-features.md has their names.")                                   \
P(NODE_PARTITION, "cpu-hide", VALUE_STRINGS, OPTIONAL, draft_partition, cpu_hide, 1, 64, NULL, "", \
  "PCs: features that it is not shown, and with them those that need them. Instructions that no "  \
  "control register turns off it can execute all the same.")                                       \
P(NODE_PARTITION, "tsc-frequency", VALUE_NUMBER, OPTIONAL, draft_partition, tsc_frequency, 1,      \
  1000000000000, NULL, "",                                                                         \
  "PCs: Hz that its guest's TSC has, if not those of the machine's: by TSC scaling, which the "    \
  "CPU must have. The partition is not built where it has not.")                                   \
P(NODE_MEMORY, "size", VALUE_SIZE, REQUIRED, draft_memory, size, 0x1000, ~0ULL, "rest", "",        \
  "Bytes, whole pages; or \"rest\": what the others leave of the largest free range.")             \
P(NODE_MEMORY, "place", VALUE_NUMBER, OPTIONAL, draft_memory, place, 0x1000, ~0ULL, NULL, "",      \
  "Physical address. Without it the place is Bulkhead's choice.")                                  \
P(NODE_KERNEL, "payload", VALUE_STRING, REQUIRED, draft_kernel, payload, 1, 47, NULL, "",          \
  "Name of a node in /payloads.")                                                                  \
P(NODE_KERNEL, "type", VALUE_WORD, REQUIRED, draft_kernel, type, 0, 0,                             \
  "raw|elf|linux|pvh|multiboot|real", "",                                                          \
  "raw: bytes, entered at the first; elf: an ELF64 executable, its segments at their physical "    \
  "addresses; linux: an Image or a bzImage of Linux; pvh: an ELF file with a PVH note; multiboot: "\
  "by multiboot 1; real: bytes, entered at the first in real mode. Which of them a board boots is "\
  "its architecture's choice (docs/partitions.md).")                                               \
P(NODE_KERNEL, "load", VALUE_NUMBER, OPTIONAL, draft_kernel, load, 4, ~0ULL, NULL, "",             \
  "raw: address of its first byte; without it, 2 MiB above the start of the first memory (or at "  \
  "the start, if that is no larger). elf: the same, if it is position independent. "               \
  "linux: where RAM begins for it. real: below 1 MiB; without it 0x7c00.")                         \
P(NODE_KERNEL, "entry", VALUE_NUMBER, OPTIONAL, draft_kernel, entry, 1, ~0ULL, NULL, "",           \
  "Address of the first instruction; without it, as the payload's type says (raw: first byte).")   \
P(NODE_RAMDISK, "payload", VALUE_STRING, REQUIRED, draft_kernel, payload, 1, 47, NULL, "",         \
  "Name of a node in /payloads.")                                                                  \
P(NODE_RAMDISK, "load", VALUE_NUMBER, OPTIONAL, draft_kernel, load, 4, ~0ULL, NULL, "",            \
  "Address of its first byte; without it, the page behind the kernel.")                            \
P(NODE_SHARED, "region", VALUE_REF, REQUIRED, draft_shared, region, 1, 1, NULL, "",                \
  "A node of /regions.")                                                                           \
P(NODE_SHARED, "rights", VALUE_WORD, OPTIONAL, draft_shared, rights, 0, 0, "r|rw|rx|rwx", "\"rw\"",\
  "What it may do there at most.")                                                                 \
P(NODE_REGION, "size", VALUE_SIZE, REQUIRED, draft_region, size, 0x1000, ~0ULL, NULL, "",          \
  "Bytes, whole pages.")                                                                           \
P(NODE_REGION, "place", VALUE_NUMBER, OPTIONAL, draft_region, place, 0x1000, ~0ULL, NULL, "",      \
  "Physical address. Without it the place is Bulkhead's choice.")                                  \
P(NODE_CHANNEL, "ends", VALUE_REFS, REQUIRED, draft_channel, ends, 2, 2, NULL, "",                 \
  "The two partitions.")                                                                           \
P(NODE_CHANNEL, "size", VALUE_SIZE, REQUIRED, draft_channel, size, 0x1000, ~0ULL, NULL, "",        \
  "Bytes of the region, whole pages.")                                                             \
P(NODE_CHANNEL, "address", VALUE_NUMBER, REQUIRED, draft_channel, address, 0x1000, ~0ULL, NULL, "",\
  "Where both ends see it.")                                                                       \
P(NODE_CHANNEL, "bells-per-second", VALUE_CELL, OPTIONAL, draft_channel, bells, 10, 1000000, NULL, \
  "10000", "So often at most each end is interrupted by the other; a bell that comes sooner is "   \
  "heard later.")                                                                                  \
P(NODE_SCHEDULE, "cpus", VALUE_CELLS, REQUIRED, draft_schedule, cpus, 1, 64, NULL, "",             \
  "CPUs that follow it, each with a vcpu of every partition that has a window.")                   \
P(NODE_SCHEDULE, "windows", VALUE_REFS, REQUIRED, draft_schedule, windows, 1, 16, NULL, "",        \
  "Whose windows follow each other; a partition may have several.")                                \
P(NODE_SCHEDULE, "window-us", VALUE_CELLS, REQUIRED, draft_schedule, lengths, 1, 16, NULL, "",     \
  "Their lengths, 100 to 1,000,000 us; one more is time at the end that nobody has. The sum is "   \
  "the major frame.")                                                                              \
P(NODE_SCHEDULE, "degraded-windows", VALUE_REFS, OPTIONAL, draft_schedule, degraded_windows, 1,    \
  16, NULL, "", "The same once the system is degraded; without it nothing changes.")               \
P(NODE_SCHEDULE, "degraded-window-us", VALUE_CELLS, OPTIONAL, draft_schedule, degraded_lengths, 1, \
  16, NULL, "", "Their lengths.")
/* clang-format on */

#endif
