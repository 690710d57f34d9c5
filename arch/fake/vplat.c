// SPDX-License-Identifier: Apache-2.0
/* The platform and interrupt controller of fake guests; calls are counted. */
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fake.h"

const struct vplat vplat = {
	.ram = { 0x40000000 },
	.uart = { 0x09000000 },
	.uart_intid = 33,
	.intc = { 0x08000000 },
	.intc_size = 0x01000000,
	.bell_intid = 64,
	.bell_count = 32,
	.description_size = KIB(16),
	.gpa_bits = 40,
	.pci = { .config = { 0x4010000000 },
		 .config_size = 0x100000,
		 .window = { 0x10000000 },
		 .window_size = 0x2eff0000,
		 .window64 = { 0x8000000000 },
		 .window64_size = 0x8000000000 },
	.payload_types = 1U << PAYLOAD_RAW | 1U << PAYLOAD_ELF | 1U << PAYLOAD_LINUX,
	.elf_machine = 183, /* EM_AARCH64 */
};

const u32 vplat_clock = 0;
const char vplat_uart_path[] = "/uart";

/* A fake Linux: magic, then how far above the start of RAM it wants to be. */
int vplat_kernel(enum payload_type type __unused, const void *head, size_t n, u64 file_size,
		 gpa_t ram, u64 ram_size, struct vplat_payload *out, const char **why)
{
	u32 word[2];

	*why = "no fake Linux";
	if (n < sizeof(word))
		return BH_EINVAL;
	memcpy(word, head, sizeof(word));
	if (word[0] != FAKE_LINUX)
		return BH_EINVAL;
	*why = "it does not fit into RAM";
	if (!range_inside(ram.v + word[1], file_size, ram.v, ram_size))
		return BH_ERANGE;
	*out = (struct vplat_payload){ .load = ram.v + word[1],
				       .size = file_size,
				       .entry = ram.v + word[1] };
	return 0;
}

int vplat_describe(void *fdt, u32 vcpus, bool console, bool doorbell)
{
	(void)fdt;
	(void)doorbell;
	(void)vcpus;
	(void)console;
	return 0;
}

int vplat_describe_pci(void *fdt, const struct vplat_pci *pci)
{
	(void)fdt;
	(void)pci;
	return 0;
}

u32 vplat_irq_cells(u32 intid, bool level, u32 cells[VPLAT_IRQ_CELLS_MAX])
{
	cells[0] = intid;
	cells[1] = level ? 4 : 1;
	return 2;
}

struct virq {
	struct fake_virq seen;
};

struct fake_virq *fake_virq(struct virq *q)
{
	return &q->seen;
}

size_t virq_size(u32 vcpus)
{
	(void)vcpus;
	return ALIGN_UP(sizeof(struct virq), 64U);
}

int virq_init(struct virq *q, struct vcpu_arch *const *vcpus, u32 count,
	      struct virq_window window[VIRQ_WINDOWS_MAX], u32 *count_out)
{
	(void)vcpus;
	(void)window;
	memset(q, 0, sizeof(*q));
	q->seen.vcpus = count;
	*count_out = 0;
	return 0;
}

int virq_reset(struct virq *q, u32 *at)
{
	if (*at < FAKE_RESET_STEPS - 1U) {
		(*at)++;
		return BH_EAGAIN;
	}
	q->seen.resets++;
	return 0;
}

void virq_pend(struct virq *q, u32 intid)
{
	q->seen.last = intid;
	q->seen.pends++;
}

void virq_level(struct virq *q, u32 intid, bool high)
{
	q->seen.last = intid;
	q->seen.level = high;
}

int virq_bind(struct virq *q, u32 intid, bool level, u32 cpu, u32 *own)
{
	(void)level;
	(void)cpu;
	*own = intid;
	q->seen.bound = intid;
	return 0;
}

bool virq_message(struct virq *q, u64 address, u32 data)
{
	q->seen.messages++;
	q->seen.address = address;
	q->seen.data = data;
	return true;
}

bool virq_doorbell(struct virq *q, struct virq_window *out)
{
	if (q->seen.doorbell == 0U)
		return false;
	*out = (struct virq_window){ .base = q->seen.doorbell, .size = PAGE_SIZE };
	return true;
}

void virq_lines(struct vcpu_arch *v, bool open)
{
	v->lines_closed = !open;
}

bool virq_pending(struct vcpu_arch *v)
{
	(void)v;
	return false;
}
