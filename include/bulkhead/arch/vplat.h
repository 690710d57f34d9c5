/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: the platform a guest believes in: where its RAM and devices lie by default, how
 * payloads boot, and the pieces of the guest's description that depend on the architecture.
 */
#ifndef BULKHEAD_ARCH_VPLAT_H
#define BULKHEAD_ARCH_VPLAT_H

#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/elf.h>
#include <bulkhead/lib/types.h>

/* How a payload boots; docs/manifest.md. */
enum payload_type {
	PAYLOAD_RAW,       /* bytes at `load`, entered there */
	PAYLOAD_ELF,       /* ELF64 executable, segments by physical address */
	PAYLOAD_LINUX,     /* arm64 Image; bzImage */
	PAYLOAD_PVH,       /* x86: ELF with a PVH note */
	PAYLOAD_MULTIBOOT, /* x86: multiboot 1 */
	PAYLOAD_REAL,      /* x86: bytes at `load`, entered there in real mode */
	PAYLOAD_TYPES
};

/* I/O ports, both ends included. */
struct vplat_ports {
	u16 first, last;
};

/* Defaults of this architecture's guests; docs/manifest.md. */
#define VPLAT_UART_SIZE 0x1000U
#define VPLAT_MEMORY_MAX 8U
struct vplat {
	gpa_t ram;     /* first byte of RAM */
	gpa_t uart;    /* of the virtual console; 0: it is reached by ports */
	u16 uart_port; /* the first of them */
	u32 uart_intid;
	gpa_t intc; /* of the virtual interrupt controller: nothing else may be there */
	u64 intc_size;
	u32 bell_intid; /* first of the doorbells' interrupts */
	u32 bell_count;
	gpa_t description;    /* where the guest's description lies; 0: where there is room */
	u64 description_size; /* of the room it takes */
	u32 gpa_bits;
	struct {
		gpa_t config; /* of bus 0, which is all there is: ECAM */
		u64 config_size;
		gpa_t window, window64; /* where BARs can lie; the first is below 4 GiB */
		u64 window_size, window64_size;
	} pci;             /* what a partition with PCI functions has there */
	u32 payload_types; /* set of enum payload_type that boot here */
	u16 elf_machine;   /* e_machine of an ELF file for it */
	/* Where nobody is, plain loads give all ones and plain stores do nothing; else a fault. */
	bool floats;
	bool lines_named; /* where pins of PCI functions lead is in the manifest (bulkhead,lines) */
	/* Ports that no partition can have, for every guest's PC has its own; none: no ports. */
	const struct vplat_ports *port_own;
	u32 port_own_count;
	/* Names of the CPU's features that a partition can be shown or not, at most 64; or none. */
	const char *const *cpu_feature;
	u32 cpu_feature_count;
};
extern const struct vplat vplat;

/* Most of a payload that vplat_kernel() looks at: a multiboot header is within. */
#define VPLAT_HEAD_MAX 8192U

/* What a payload's own header says. */
struct vplat_payload {
	u64 load;  /* gpa of its first byte */
	u64 size;  /* bytes it needs from there, bss included */
	u64 entry; /* gpa */
	/* Segments to be copied out of the file; none: the file is copied to `load` as it is. */
	struct elf image;
};

/*
 * Reads the header of a payload of @type in @head (its first @n bytes, private, of @file_size in
 * all) for RAM at [@ram, @ram + @ram_size); every type but PAYLOAD_RAW and PAYLOAD_ELF. BH_EINVAL:
 * no such payload; BH_ERANGE: it does not fit; BH_ENOTSUP. @why says it in words.
 */
int vplat_kernel(enum payload_type type, const void *head, size_t n, u64 file_size, gpa_t ram,
		 u64 ram_size, struct vplat_payload *out, const char **why);

/* Something that Bulkhead made for a guest, as its description names it. */
#define VPLAT_NODE_NUMBERS 2U
struct vplat_node {
	const char *kind; /* "channel": bulkhead,channel */
	u32 index;        /* tells those apart that have no address */
	const char *label;
	u64 base, size; /* memory; size 0: none */
	u32 intid;      /* an edge; 0: none */
	struct {
		const char *name; /* "bell": bulkhead,bell; NULL: none */
		u32 value;
	} number[VPLAT_NODE_NUMBERS];
	const char *peer; /* NULL: none */
};

/* The PCI host of a guest. */
#define VPLAT_PCI_DEVICES 32U
struct vplat_pci {
	u32 count;                    /* devices of bus 0, from 0 on; each has one function */
	u32 intid[VPLAT_PCI_DEVICES]; /* what pin A of each asserts, a level; 0: nothing */
	bool messages;                /* some of them have MSI or MSI-X */
};

/* ---- where they are told by tables (CONFIG_GUEST_TABLES) ---- */

/* What a guest is told of. */
struct vplat_guest {
	enum payload_type type;
	const char *payload; /* name of its kernel */
	const char *bootargs;
	const u8 *head; /* as vplat_kernel() had it */
	size_t head_size;
	gpa_t kernel, entry, ramdisk;
	u64 ramdisk_size; /* 0: there is none */
	u32 vcpus;
	bool console;
	u32 memory_count;
	struct {
		gpa_t gpa;
		u64 size;
	} memory[VPLAT_MEMORY_MAX];
	u32 node_count;
	const struct vplat_node *node;
	const struct vplat_pci *pci; /* NULL: it has no PCI */
};

/*
 * Makes the description of @g in @blob, which is copied to vplat.description, @room bytes, all
 * zero. 0 with what it @used and how vcpu 0 starts; BH_EOVERFLOW: it does not fit; BH_ERANGE: the
 * guest cannot reach something; @why says it in words.
 */
int vplat_tables(const struct vplat_guest *g, u8 *blob, size_t room, size_t *used,
		 struct vcpu_start *start, const char **why);

/* ---- where guests are told by a devicetree (CONFIG_GUEST_FDT) ---- */

/*
 * Adds to the open tree @fdt (libfdt, sequential write, root node open) what the architecture
 * knows: CPUs, interrupt controller (with what virq_doorbell() says, if @doorbell), timer, firmware
 * calls and, if @console, the virtual UART. 0 or an error of libfdt.
 */
int vplat_describe(void *fdt, u32 vcpus, bool console, bool doorbell);

/* Adds the PCI host. Root node open; 0 or an error of libfdt. */
int vplat_describe_pci(void *fdt, const struct vplat_pci *pci);

/* phandle of the clock of devices in that tree; 0: there is none. */
extern const u32 vplat_clock;

/* Path of the virtual UART in that tree. */
extern const char vplat_uart_path[];

/* The cells that name interrupt @intid in that tree; returns how many. */
#define VPLAT_IRQ_CELLS_MAX 3U
u32 vplat_irq_cells(u32 intid, bool level, u32 cells[VPLAT_IRQ_CELLS_MAX]);

#endif
