/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: the platform a guest believes in: where its RAM and devices lie by default, how
 * payloads boot, and the pieces of the guest's description that depend on the architecture.
 */
#ifndef BULKHEAD_ARCH_VPLAT_H
#define BULKHEAD_ARCH_VPLAT_H

#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/types.h>

/* How a payload boots; docs/manifest.md. */
enum payload_type {
	PAYLOAD_RAW,       /* bytes at `load`, entered there */
	PAYLOAD_ELF,       /* ELF64 executable, segments by physical address */
	PAYLOAD_LINUX,     /* arm64 Image; bzImage */
	PAYLOAD_PVH,       /* x86: ELF with a PVH note */
	PAYLOAD_MULTIBOOT, /* x86: multiboot 1 */
	PAYLOAD_TYPES
};

/* Defaults of this architecture's guests; docs/manifest.md. */
#define VPLAT_UART_SIZE 0x1000U
struct vplat {
	gpa_t ram;     /* first byte of RAM */
	gpa_t uart;    /* of the virtual console; 0: it is reached by ports */
	u16 uart_port; /* the first of them */
	u32 uart_intid;
	gpa_t intc; /* of the virtual interrupt controller: nothing else may be there */
	u64 intc_size;
	u32 bell_intid; /* first of the doorbells' interrupts */
	u32 bell_count;
	u32 gpa_bits;
	u32 payload_types; /* set of enum payload_type that boot here */
	u16 elf_machine;   /* e_machine of an ELF file for it */
};
extern const struct vplat vplat;

/* Most that vplat_linux() looks at. */
#define VPLAT_HEAD_MAX 4096U

/* What a payload's own header says. */
struct vplat_payload {
	u64 load;  /* gpa of its first byte */
	u64 size;  /* bytes it needs from there, bss included */
	u64 entry; /* gpa */
};

/*
 * Reads the header of a PAYLOAD_LINUX in @head (its first @n bytes, private, of @file_size in all)
 * for RAM at [@ram, @ram + @ram_size). BH_EINVAL: no such payload; BH_ERANGE: it does not fit. @why
 * says it in words.
 */
int vplat_linux(const void *head, size_t n, u64 file_size, gpa_t ram, u64 ram_size,
		struct vplat_payload *out, const char **why);

/*
 * Adds to the open tree @fdt (libfdt, sequential write, root node open) what the architecture
 * knows: CPUs, interrupt controller, timer, firmware calls and, if @console, the virtual UART. 0
 * or an error of libfdt.
 */
int vplat_describe(void *fdt, u32 vcpus, bool console);

/* phandle of the clock of devices in that tree; 0: there is none. */
extern const u32 vplat_clock;

/* Path of the virtual UART in that tree. */
extern const char vplat_uart_path[];

/* The cells that name interrupt @intid in that tree; returns how many. */
#define VPLAT_IRQ_CELLS_MAX 3U
u32 vplat_irq_cells(u32 intid, bool level, u32 cells[VPLAT_IRQ_CELLS_MAX]);

#endif
