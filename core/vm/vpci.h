/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI host a partition believes in: one bus with the functions that it has, each a device of
 * its own. What a guest reads and writes there is kept here; the board's registers change only
 * where docs/pcie-guest.md says so.
 *
 * A write that moves what stage 2 maps is carried out a BAR at a time, one that switches messages
 * on or off some registers of the board at a time: the handler does one piece, answers TRAP_RETRY,
 * and is asked again with the same write until nothing is left. Meanwhile the host is `busy` with
 * its lock dropped, and whoever comes tries again, so that nobody waits for a CPU that waits for
 * it.
 */
#ifndef CORE_VM_VPCI_H
#define CORE_VM_VPCI_H

#include <bulkhead/arch/mmio.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/state.h>
#include <bulkhead/mem/s2.h>
#include <bulkhead/pcie/pcie.h>
#include <bulkhead/vm/msi.h>

#define VPCI_FUNCTIONS_MAX 16U
#define VPCI_WORDS 64U /* of a function's configuration space that hold anything */
#define VPCI_HOLES_MAX 2U
#define VPCI_DEVICES 32U

/* What a write of a word does beside being remembered. */
enum vpci_act {
	VPCI_REMEMBER,
	VPCI_COMMAND, /* decoding, mastering, interrupt line */
	VPCI_BAR,     /* an address */
	VPCI_POWER,   /* decoding */
	VPCI_MSI,     /* what its message is, and whether it may come */
	VPCI_MSIX,    /* whether messages may come */
	VPCI_ACTS
};

/* A register, as docs/pcie-guest.md has it. Offsets are of the header, or from a capability. */
struct vpci_register {
	const char *name;
	u16 offset;
	u8 width;
	u8 act;       /* enum vpci_act, of the whole word */
	u32 reset;    /* bits that are always so at first */
	u32 board;    /* bits that are at first as the board's register has them */
	u32 writable; /* bits that a guest can change */
	u32 live;     /* bits that are read from the board each time */
};

/* Pages of a BAR that are never mapped: tables of MSI-X are in them. */
struct vpci_hole {
	u64 first, size;   /* bytes from the start of the BAR, whole pages; size 0: none */
	volatile u8 *page; /* the board's registers there */
};

struct vpci_bar {
	u8 number;
	bool wide; /* 64 bits: has the next register, too */
	bool mapped;
	bool blocked; /* at that address it overlaps another, or stage 2 refused it */
	gpa_t at;     /* where it is mapped, or was refused; else 0 */
	hpa_t base;
	u64 size;
	u64 first; /* where it is when the guest starts; 0: nowhere */
	struct vpci_hole hole[VPCI_HOLES_MAX];
};

/* An entry of the table of MSI-X (PCI Express Base 6.0, 7.7.2.2). */
#define VPCI_ENTRY_WORDS 4U
struct vpci_entry {
	u32 word[VPCI_ENTRY_WORDS]; /* address, upper address, data, control: bit 0 masks */
};

struct vpci_function {
	const char *name;               /* for the log */
	const struct pcie_function *fn; /* NULL: the host bridge, which is nobody's */
	u32 intid;                      /* of its interrupt line; 0: it has none */
	u8 power;                       /* offset of PMCSR; 0: none */
	u8 message;                     /* offset of the capability that is offered; 0: none */
	enum msi_kind messages;
	u32 vectors;
	u8 act[VPCI_WORDS]; /* enum vpci_act */
	u32 value[VPCI_WORDS];
	u32 reset[VPCI_WORDS];
	u32 writable[VPCI_WORDS];
	u32 live[VPCI_WORDS];
	u32 bar_count;
	struct vpci_bar bar[PCIE_BARS];
	struct vpci_entry entry[MSI_VECTORS_MAX];
	bool on;  /* messages, as the guest has it */
	bool due; /* the board's function does not have it so yet */
};

struct vpci {
	struct spinlock lock; /* LOCK_DEVICE: all below */
	bool busy;            /* stage 2 is being changed, the lock dropped */
	u32 partition;
	struct s2 *s2;
	u32 count; /* device n of the bus is fn[n] */
	struct vpci_function fn[VPCI_FUNCTIONS_MAX];
};

/* Boot: an empty host with its bridge. */
void vpci_init(struct vpci *v, struct s2 *s2, u32 partition);

/*
 * Boot: the next device is function @f of the board, called @name; @intid is its line, or 0. Its
 * configuration space is read whole. BH_EOVERFLOW: no room on the bus.
 */
int vpci_add(struct vpci *v, const struct pcie_function *f, const char *name, u32 intid);

/* Registers, and where BARs are, as at first. No vcpu of the partition runs. */
void vpci_reset(struct vpci *v);

/* What becomes of each field at a start (base/state.h). Of struct vpci nothing else changes. */
extern const struct state_field vpci_function_fields[], vpci_bar_fields[];
extern const u32 vpci_function_field_count, vpci_bar_field_count;

/* BARs that were refused may try again. The lock is held. */
void vpci_bars_unblock(struct vpci *v);

/* mmio_fn of configuration space (offset as in ECAM), and of the windows that BARs can lie in. */
enum trap_result vpci_config(void *v, struct mmio_access *a);
enum trap_result vpci_window(void *v, struct mmio_access *a);
enum trap_result vpci_window64(void *v, struct mmio_access *a);

/* ---- between the files ---- */

/* Fills registers and capabilities of @f as the tables say (vpci_regs.c). */
void vpci_regs_build(struct vpci_function *f);

/* One access of up to 4 bytes in a word of @f, @offset below 256 (vpci_config.c). */
u32 vpci_read(const struct vpci_function *f, u32 offset, u32 size);

/* Does @f answer at its addresses? */
bool vpci_decodes(const struct vpci_function *f);

/* Where @b of @f is to be; 0: in no window. */
u64 vpci_bar_address(const struct vpci_function *f, const struct vpci_bar *b);

/*
 * Makes the board follow the registers by one piece of switching messages, stage 2 by one BAR.
 * False: they do already. Lock held, not busy; dropped meanwhile (vpci_bar.c).
 */
bool vpci_step(struct vpci *v);

/*
 * Interrupts are taken. What one that came since this CPU had taken @irqs meant to its vcpu, the
 * vcpu looks at as after a kick. No lock is held (vpci_config.c).
 */
void vpci_breathe(u64 irqs);

/* Boot: BARs of @f and their holes. */
void vpci_bars_build(struct vpci_function *f);

/* An access to @b at @offset that stage 2 does not carry (vpci_hole.c). */
void vpci_hole_access(struct vpci_function *f, const struct vpci_bar *b, const struct vpci_hole *h,
		      u64 offset, struct mmio_access *a);

/*
 * Messages (vpci_msi.c): entries as at first; a capability's registers have changed; the next piece
 * of what that means to the board (false: there is none); accesses to table and pending bits at
 * @offset from their start.
 */
void vpci_msi_reset(struct vpci_function *f);
void vpci_msi_changed(struct vpci_function *f, enum vpci_act act);
bool vpci_msi_step(struct vpci *v);
void vpci_msi_table(struct vpci_function *f, u64 offset, struct mmio_access *a);
void vpci_msi_pending(const struct vpci_function *f, u64 offset, struct mmio_access *a);

/* The hole of @b that holds @offset; NULL: it is mapped. */
const struct vpci_hole *vpci_hole_at(const struct vpci_bar *b, u64 offset);

#endif
