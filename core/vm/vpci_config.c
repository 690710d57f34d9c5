// SPDX-License-Identifier: Apache-2.0
/* Accesses to configuration space of a virtual PCI host. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/regs.h>

#include "vpci.h"

#define FUNCTION_BYTES 4096U
#define WORD_BYTES 4U
#define COMMAND (PCI_COMMAND / WORD_BYTES)

/* What of the guest's Command reaches the board. */
#define PASSED (PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF)

u32 vpci_read(const struct vpci_function *f, u32 offset, u32 size)
{
	const u32 word = offset / WORD_BYTES;
	u32 value = f->value[word];

	if (f->live[word] != 0U)
		value |= pci_config_read(f->fn->sbdf, word * WORD_BYTES, WORD_BYTES) &
			 f->live[word];
	value >>= 8U * (offset % WORD_BYTES);
	return value & (u32)LOW_BYTES(size);
}

bool vpci_decodes(const struct vpci_function *f)
{
	const bool on = (f->value[COMMAND] & PCI_COMMAND_MEMORY) != 0U;

	return on && (f->power == 0U || (f->value[f->power / WORD_BYTES] &
					 (PCI_PM_STATE << (8U * (f->power % WORD_BYTES)))) == 0U);
}

/*
 * The board's function decodes as long as its guest runs: who it answers is the business of stage
 * 2, and what nobody answers would be an error of the bus.
 */
static void command_pass(const struct vpci_function *f)
{
	u32 command = PCI_COMMAND_MEMORY | (f->value[COMMAND] & PASSED);

	if (f->intid == 0U)
		command |= PCI_COMMAND_INTX_OFF;
	pci_config_write(f->fn->sbdf, PCI_COMMAND, 2, command);
}

void vpci_breathe(u64 irqs)
{
	cpu_take_irqs();
	if (this_cpu()->irqs != irqs)
		irq_kick(this_cpu()->id);
}

static void act(struct vpci_function *f, u32 what)
{
	switch (what) {
	case VPCI_COMMAND:
		command_pass(f);
		break;
	case VPCI_MSI:
	case VPCI_MSIX:
		vpci_msi_changed(f, (enum vpci_act)what);
		break;
	default:
		break;
	}
}

/* True: stage 2 or the board may have to follow. */
static bool write_word(struct vpci_function *f, u32 offset, u32 size, u32 value)
{
	const u32 word = offset / WORD_BYTES, shift = 8U * (offset % WORD_BYTES);
	const u32 lanes = (u32)LOW_BYTES(size) << shift;
	const u32 mask = f->writable[word] & lanes;
	const u32 old = f->value[word];

	f->value[word] = (old & ~mask) | ((value << shift) & mask);
	if (f->value[word] != old)
		act(f, f->act[word]);
	return f->act[word] != (u8)VPCI_REMEMBER;
}

/* The function of an address in ECAM; NULL: nobody is there. */
static struct vpci_function *function_at(struct vpci *v, u64 offset)
{
	const u64 number = offset / FUNCTION_BYTES;

	if (number % 8U != 0U || number / 8U >= v->count)
		return NULL;
	return &v->fn[number / 8U];
}

static enum trap_result answer(struct vpci *v, struct vpci_function *f, struct mmio_access *a)
{
	const u32 offset = (u32)(a->offset % FUNCTION_BYTES);

	if (offset >= VPCI_WORDS * WORD_BYTES) {
		a->value = 0;
	} else if (!a->write) {
		a->value = vpci_read(f, offset, a->size);
	} else if (write_word(f, offset, a->size, (u32)a->value) && vpci_step(v)) {
		return TRAP_RETRY;
	}
	return TRAP_RESUME;
}

enum trap_result vpci_config(void *ctx, struct mmio_access *a)
{
	struct vpci *v = ctx;
	struct vpci_function *f = function_at(v, a->offset);
	enum trap_result result = TRAP_RETRY;

	/* In a word, as a root complex would split it; else nobody answers. */
	if (f == NULL || a->size > WORD_BYTES - a->offset % WORD_BYTES) {
		a->value = a->write ? a->value : ~0ULL;
		return TRAP_RESUME;
	}
	spin_lock(&v->lock);
	if (!v->busy)
		result = answer(v, f, a);
	spin_unlock(&v->lock);
	return result;
}

void vpci_init(struct vpci *v, struct s2 *s2, u32 partition)
{
	memset(v, 0, sizeof(*v));
	v->lock.class = LOCK_DEVICE;
	v->partition = partition;
	v->s2 = s2;
	v->count = 1;
	vpci_regs_build(&v->fn[0]);
}

int vpci_add(struct vpci *v, const struct pcie_function *fn, const char *name, u32 intid)
{
	struct vpci_function *f = &v->fn[v->count];

	if (v->count == VPCI_FUNCTIONS_MAX)
		return trace_error(BH_EOVERFLOW);
	*f = (struct vpci_function){ .fn = fn, .name = name, .intid = intid };
	f->messages = msi_offer(fn->sbdf, &f->vectors);
	vpci_bars_build(f);
	vpci_regs_build(f);
	v->count++;
	return 0;
}

void vpci_reset(struct vpci *v)
{
	bool more = true;

	spin_lock(&v->lock);
	for (u32 i = 0; i < v->count; i++) {
		struct vpci_function *f = &v->fn[i];

		memcpy(f->value, f->reset, sizeof(f->value));
		if (f->fn == NULL)
			continue;
		command_pass(f);
		vpci_msi_reset(f);
	}
	vpci_bars_unblock(v);
	while (more)
		more = vpci_step(v);
	spin_unlock(&v->lock);
}

const struct state_field vpci_function_fields[] = {
	STATE_FIELD(struct vpci_function, name, BOOT),
	STATE_FIELD(struct vpci_function, fn, BOOT),
	STATE_FIELD(struct vpci_function, intid, BOOT),
	STATE_FIELD(struct vpci_function, power, BOOT),
	STATE_FIELD(struct vpci_function, message, BOOT),
	STATE_FIELD(struct vpci_function, messages, BOOT),
	STATE_FIELD(struct vpci_function, vectors, BOOT),
	STATE_FIELD(struct vpci_function, act, BOOT),
	STATE_FIELD(struct vpci_function, value, MADE),
	STATE_FIELD(struct vpci_function, reset, BOOT),
	STATE_FIELD(struct vpci_function, writable, BOOT),
	STATE_FIELD(struct vpci_function, live, BOOT),
	STATE_FIELD(struct vpci_function, bar_count, BOOT),
	STATE_FIELD(struct vpci_function, bar, KEPT), /* vpci_bar_fields */
	STATE_FIELD(struct vpci_function, entry, MADE),
	STATE_FIELD(struct vpci_function, on, MADE),
	STATE_FIELD(struct vpci_function, due, MADE),
};

const u32 vpci_function_field_count = ARRAY_SIZE(vpci_function_fields);

const struct state_field vpci_bar_fields[] = {
	STATE_FIELD(struct vpci_bar, number, BOOT),   STATE_FIELD(struct vpci_bar, wide, BOOT),
	STATE_FIELD(struct vpci_bar, mapped, MIRROR), STATE_FIELD(struct vpci_bar, blocked, MADE),
	STATE_FIELD(struct vpci_bar, at, MIRROR),     STATE_FIELD(struct vpci_bar, base, BOOT),
	STATE_FIELD(struct vpci_bar, size, BOOT),     STATE_FIELD(struct vpci_bar, first, BOOT),
	STATE_FIELD(struct vpci_bar, hole, BOOT),
};

const u32 vpci_bar_field_count = ARRAY_SIZE(vpci_bar_fields);
