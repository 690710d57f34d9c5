/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules a manifest must keep, from which the reader's table and docs/manifest.md are made:
 * MANIFEST_RULES(R): R(rule, name, what it demands, what to do). What was found is said where the
 * rule is checked.
 */
#ifndef BULKHEAD_CORE_SVC_MANIFEST_RULES_H
#define BULKHEAD_CORE_SVC_MANIFEST_RULES_H

/* clang-format off */
#define MANIFEST_RULES(R)                                                                          \
R(RULE_TREE, "tree", "The manifest is a well-formed devicetree, version 17, of at most 64 KiB.",   \
  "compile the source again with dtc")                                                             \
R(RULE_UNKNOWN_NODE, "unknown-node", "Every node is one of the binding.",                          \
  "see docs/manifest.md for the nodes there are")                                                  \
R(RULE_UNKNOWN_PROPERTY, "unknown-property", "Every property is one of the binding.",              \
  "see docs/manifest.md for the properties there are")                                             \
R(RULE_MISSING, "missing", "What the binding requires is there.", "add it")                        \
R(RULE_TWICE, "twice", "Nothing that can be there once is there twice; names are unique.",         \
  "remove or rename one of the two")                                                               \
R(RULE_NAME, "name", "Names of partitions, regions, channels and payloads are of letters, "        \
  "digits, '.', '_' and '-', at most 31 (payloads: 47).", "rename the node")                       \
R(RULE_UNIT, "unit-address", "A unit address is a page of the partition, in hexadecimal, where "   \
  "the binding has one.", "write it like memory@40000000")                                         \
R(RULE_FORM, "form", "A value has the form and the length that the binding says.",                 \
  "write it as docs/manifest.md shows")                                                            \
R(RULE_RANGE, "range", "Numbers are in their range and multiples of what they must be.",           \
  "choose a value that fits")                                                                      \
R(RULE_WORD, "word", "A word is one of those the binding lists.", "use one of the words listed")   \
R(RULE_MANY, "too-many", "Nothing is there more often than Bulkhead can hold.",                    \
  "take some away")                                                                                \
R(RULE_REFERENCE, "reference", "A reference leads to a node of the right kind.",                   \
  "write <&label> of such a node")                                                                 \
R(RULE_CPU_ABSENT, "cpu-absent", "A CPU that is named is there.",                                  \
  "use one of these or boot with more")                                                            \
R(RULE_CPU_SHARED, "cpu-shared", "A CPU belongs to one partition, or has a schedule; it is named " \
  "once.", "give each partition CPUs of its own, or write a schedule")                             \
R(RULE_CPU_NONE, "cpu-none", "A partition has a CPU; one at most takes the rest.",                 \
  "name its CPUs, or take some from others")                                                       \
R(RULE_SCHEDULE, "schedule", "A CPU follows one schedule; who has the CPU has windows there, who " \
  "has windows has its CPUs.", "name the same partitions in windows as have the CPUs")             \
R(RULE_WINDOWS, "windows", "Each window has a length that can be kept.",                           \
  "write a length for each window, and at most one more")                                          \
R(RULE_DEADLINE, "deadline", "A deadline counts from the start of a window: the CPU of vcpu 0 "    \
  "has a schedule.", "give it windows, or take deadline-us out")                                   \
R(RULE_GPA, "guest-address", "What a partition sees lies in its guest-physical addresses.",        \
  "choose a lower address or a smaller size")                                                      \
R(RULE_GPA_OVERLAP, "guest-overlap", "Memory, regions, devices and console of a partition do not " \
  "overlap.", "move one of the two")                                                               \
R(RULE_PLACE, "place", "A place is free RAM of the board and nobody else's.",                      \
  "leave place out, or choose free RAM")                                                           \
R(RULE_RAM_SHORT, "ram-short", "All memory and regions fit the board's free RAM.",                 \
  "make some smaller, or boot with more RAM")                                                      \
R(RULE_RAM_REST, "ram-rest", "One chunk at most takes the rest of RAM, and something is left.",    \
  "give the others a size, or less")                                                               \
R(RULE_PAYLOAD_MISSING, "payload-missing", "A payload that is named is in /payloads.",             \
  "add it to /payloads, or use the name of one that is there")                                     \
R(RULE_PAYLOAD_TYPE, "payload-type", "The board's architecture boots payloads of that type.",      \
  "use a type that this board boots")                                                              \
R(RULE_PAYLOAD_ADDRESS, "payload-address", "A payload is loaded into the partition's memory, and " \
  "entered there.", "leave load and entry out, or correct them")                                   \
R(RULE_PAYLOAD_SIZE, "payload-size", "Kernel and ramdisk fit the memory they are loaded into.",    \
  "give the partition more memory")                                                                \
R(RULE_DEVICE_ABSENT, "device-absent", "A device that is named is there.",                         \
  "use a path of the board's devicetree")                                                          \
R(RULE_DEVICE_OWN, "device-own", "Bulkhead's own devices are nobody's.",                           \
  "take it out; a console is had by the property console")                                         \
R(RULE_DEVICE_SHARED, "device-shared", "A device belongs to one partition, and is named once.",    \
  "give it to one of the two")                                                                     \
R(RULE_DEVICE_GROUP, "device-group", "Devices that share a page or a stream id belong to the same "\
  "partition.", "give both to one partition")                                                      \
R(RULE_DEVICE_IRQ, "device-interrupt", "An interrupt belongs to one partition.",                   \
  "give the devices that share it to one partition")                                               \
R(RULE_LINES, "lines", "Lines of pins are named one for each device, for PCI functions, and one "  \
  "partition has each.",                                                                           \
  "write as many numbers as there are devices, 0 for none, and only on boards with I/O APICs")     \
R(RULE_DEVICE_WHOLE, "device-whole", "A device can be handed over whole.",                         \
  "take it out: this kind cannot be given to a partition")                                         \
R(RULE_DEVICE_DMA, "device-dma", "DMA goes through an IOMMU.",                                     \
  "vouch by bulkhead,registers-only that it does no DMA, or accept bulkhead,unprotected-dma")      \
R(RULE_DMA_PLACE, "dma-place", "Memory of a partition with unprotected DMA lies where it is seen.",\
  "give every memory node a place equal to its unit address")                                      \
R(RULE_PORTS, "ports", "I/O ports are named by first and last; they are one partition's, neither " \
  "Bulkhead's nor such as every guest has of its own.",                                            \
  "write pairs like <0x2f8 0x2ff>, and only on boards that have ports")                            \
R(RULE_CPU_FEATURE, "cpu-feature", "A feature of the CPU that is shown or hidden is one that "     \
  "Bulkhead knows by that name, and not both.",                                                    \
  "use the names of docs/cpu-features.md, and only on boards that have some")                      \
R(RULE_FIRMWARE, "firmware-calls", "Firmware calls are named by their first and last numbers; "    \
  "those that are passed are fast calls of one CPU, SiP or OEM service.",                          \
  "write pairs like <0xc2000000 0xc200ffff>; PSCI and the like are Bulkhead's")                    \
R(RULE_ORDER, "start-order", "The start order has a beginning: nobody waits for itself.",          \
  "break the circle: take one of the references out of after")                                     \
R(RULE_REGION_TWICE, "region-twice", "A partition sees a region once.", "remove one of the two")   \
R(RULE_ENDS, "channel-ends", "A channel has two different ends, with a doorbell left for each.",   \
  "name two partitions, or use fewer channels")
/* clang-format on */

#endif
