/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSI and MSI-X of PCI functions: capability and table are Bulkhead's, whoever has the function.
 * PCI Express Base 6.0, 7.7.1 and 7.7.2.
 *
 * Calls for one function come one at a time, and nobody else writes its COMMAND register meanwhile:
 * the table is reached with memory decoding on, and put back.
 */
#ifndef BULKHEAD_PCIE_MSI_H
#define BULKHEAD_PCIE_MSI_H

#include <bulkhead/irqchip/message.h>
#include <bulkhead/pcie/pcie.h>

enum msi_kind { MSI_NONE, MSI_PLAIN, MSI_X };

struct msi_vector {
	struct message_irq irq;
	struct message message; /* what the device writes */
	bool masked;
};

/* The interrupts of one function. The memory is its owner's. */
struct msi {
	const struct pcie_function *f;
	enum msi_kind kind;
	u32 count; /* of vectors that are taken; of plain MSI one */
	struct message_source source;
	volatile u8 *table, *pba; /* MSI-X */
	struct msi_vector *vector;
	bool on;
	bool begun; /* not all registers say so yet: the next is step @step */
	u32 step;
};

/*
 * A plain MSI of @f, switched off, that writes @to from now on. Returns what its control register
 * holds. Of functions that are Bulkhead's own; of others msi_open() and what follows.
 */
u32 msi_plain_write(const struct pcie_function *f, const struct message *to);

/* How many vectors @f has that msi_open() would take, at most @most, and of what kind. */
u32 msi_vectors(const struct pcie_function *f, u32 most, enum msi_kind *kind);

/*
 * Boot: the first @count vectors of @f, as msi_vectors() says, all masked, messages off. @vector:
 * room for as many. BH_ENOTSUP: nothing would tell its messages from others', so it gets none, or
 * its table cannot be reached; else as message_open(). Nothing is changed then.
 */
int msi_open(struct msi *m, const struct pcie_function *f, struct msi_vector *vector, u32 count);

/*
 * Boot: vector @vector goes to logical CPU @cpu and runs @fn there with @ctx. The device writes to
 * the page at bus address @doorbell, or, if that is 0, to where message_of() says. Errors as
 * message_take().
 */
int msi_take(struct msi *m, u32 vector, u32 cpu, void (*fn)(void *ctx), void *ctx, u64 doorbell);

/*
 * Masked, a vector stays with the device: it comes when it is unmasked. A plain MSI without a mask
 * of its own is masked by the controller, which may lose it.
 */
void msi_mask(struct msi *m, u32 vector, bool masked);

/* Does the device hold it back? Of a plain MSI without mask: no. */
bool msi_pending(const struct msi *m, u32 vector);

/*
 * Messages as a whole. Off, the function sends none, and of a plain MSI
 * nothing is left. Switched on, it is told all of it anew: a
 * reset of it meanwhile does no harm.
 */
void msi_enable(struct msi *m, bool on);

/*
 * The same in steps of at most 1,000 instructions. A step answers whether there is one more.
 * Between them the function sends no message that is not whole, vectors may be masked, and
 * beginning anew forgets what was begun.
 */
void msi_enable_begin(struct msi *m, bool on);
bool msi_enable_step(struct msi *m);

#endif
