/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts that are writes to memory (MSI, MSI-X, lines of a remapped I/O APIC). One controller
 * is in charge of them: the GICv3 ITS, whose interrupts are LPIs, or on x86 the local APICs, with
 * remapping entries of the IOMMU in front of them where it has any.
 *
 * Each interrupt has one source, and no other source can raise it: the controller compares who
 * sent. Nothing is allocated later than boot; what is taken may be silenced, moved and released at
 * any time.
 */
#ifndef BULKHEAD_IRQCHIP_MESSAGE_H
#define BULKHEAD_IRQCHIP_MESSAGE_H

#include <bulkhead/lib/types.h>

/* Nothing stands between the source and the CPUs' local APICs. */
#define MESSAGE_NO_UNIT 0xffffffffU

/* Who sends, as the hardware that looks at it knows it. */
struct message_source {
	u32 unit; /* arm64: the ITS, in machine.irqchip; x86: in machine.iommu, or NO_UNIT */
	u32 id;   /* device id at the ITS; requester id */
};

/* What is written where. */
struct message {
	u64 address;
	u32 data;
};

/* An interrupt. The memory is its owner's, and stays until it is released. */
struct message_irq {
	struct message_source source;
	u32 index;  /* which of the source's interrupts */
	u32 cpu;    /* logical, that takes it */
	bool level; /* a line that stays, of an I/O APIC: ended by the vector that was taken */
	u32 id;     /* the controller's own: LPI, vector */
	u32 entry;  /* the controller's own: remapping entry */
	bool on;    /* the controller's own: enabled */
	void *by;   /* the controller's own */
	/* Runs where it is taken, interrupts masked, no lock held. */
	void (*fn)(void *ctx);
	void *ctx;
	u64 count; /* how often it was taken; written by the CPU that takes it */
};

struct message_ops {
	const char *name; /* "ITS", "VT-d", "local APIC" */
	/* Boot: room for @count interrupts of @s, of which nobody had any. */
	int (*open)(const struct message_source *s, u32 count);
	/* Boot: see message_take(). */
	int (*take)(struct message_irq *m);
	int (*enable)(struct message_irq *m, bool on);
	int (*route)(struct message_irq *m, u32 cpu);
	int (*release)(struct message_irq *m);
	void (*message)(const struct message_irq *m, struct message *out);
	/* The page that the source's messages are written to, if an IOMMU translates them. */
	int (*doorbell)(const struct message_source *s, hpa_t *page);
};

/* Boot: the driver that found its hardware; a second one is refused: BH_EEXIST. */
int message_controller_set(const struct message_ops *ops);

/* NULL: this machine delivers no messages. */
const struct message_ops *message_controller(void);

/*
 * Boot, by whoever has memory to give, before anything is opened: @fn returns @size zeroed bytes
 * aligned to @align, or NULL. A controller asks it when it is first needed.
 */
void message_memory_set(void *(*fn)(u64 size, u64 align));
void *message_memory(u64 size, u64 align);

/*
 * Boot: @count interrupts of @s will be taken, numbered from 0. Once for each source. BH_ENODEV:
 * there is no controller, or not this one; BH_ENOTSUP: it cannot tell @s from others, so a message
 * of it is refused; BH_ERANGE: an id or a number that it cannot have; BH_ENOMEM.
 */
int message_open(const struct message_source *s, u32 count);

/*
 * Boot: interrupt @m, filled in but for `count` and what is the controller's, from now on goes to
 * m->cpu, once it is enabled. BH_EOVERFLOW: there are no more. BH_EIO, BH_ETIMEDOUT: the hardware
 * did not do it.
 */
int message_take(struct message_irq *m);

/* Does it reach its CPU? Off at first. A controller may keep one that came meanwhile, or not. */
int message_enable(struct message_irq *m, bool on);

/* Another CPU takes it from now on; one that is under way still comes to the old one. */
int message_route(struct message_irq *m, u32 cpu);

/* It reaches nobody, and @m may be reused once no CPU runs its handler. */
int message_release(struct message_irq *m);

/*
 * What its source is to write. On machines with a doorbell the address is the CPU's: behind an
 * IOMMU the source uses that under which message_doorbell()'s page was mapped for it.
 */
void message_of(const struct message_irq *m, struct message *out);

/*
 * The page of registers that @s writes its messages to. BH_ENOENT: none that an IOMMU would have to
 * map (on x86 they are told from memory before translation).
 */
int message_doorbell(const struct message_source *s, hpa_t *page);

#endif
