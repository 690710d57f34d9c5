/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86: what Bulkhead made for a guest, for those who do not read AML. An ACPI table "BLKH": the
 * header of every ACPI table (36 bytes), 4 that are zero, then entries of one size, as many as the
 * table's length has room for. The same things are devices of the namespace, below _SB. On arm64
 * they are nodes of the devicetree.
 */
#ifndef ABI_MACHINE_H
#define ABI_MACHINE_H

#define MACHINE_TABLE "BLKH"
#define MACHINE_TABLE_HEADER 40
#define MACHINE_NAME 32

struct machine_entry {
	char kind[MACHINE_NAME];       /* "channel", "region", "partition" */
	char label[MACHINE_NAME];      /* its name in the manifest */
	char peer[MACHINE_NAME];       /* channel: the partition at the other end */
	unsigned long long base, size; /* memory; size 0: none */
	unsigned int gsi;              /* channel: the bell's interrupt, an edge; 0: none */
	unsigned int handle; /* channel: what to ring by BELL; partition: what it is managed by */
	unsigned int end;    /* channel: 0 or 1 */
	unsigned int reserved;
};

#endif
