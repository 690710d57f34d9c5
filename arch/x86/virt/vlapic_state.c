// SPDX-License-Identifier: Apache-2.0
/* The state of the interrupt controllers, field by field: what reset makes of each. */
#include <asm/vlapic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#define FIELD(name, kind, width, value)            \
	{ #name,                                   \
	  offsetof(struct vapic_state, name),      \
	  sizeof(((struct vapic_state *)0)->name), \
	  false,                                   \
	  false,                                   \
	  kind,                                    \
	  width,                                   \
	  value }
#define CPU_FIELD(name, init, kind, width, value) \
	{ "cpu." #name,                           \
	  offsetof(struct vlapic, name),          \
	  sizeof(((struct vlapic *)0)->name),     \
	  true,                                   \
	  init,                                   \
	  kind,                                   \
	  width,                                  \
	  value }

#define BASE_RESET (VLAPIC_BASE | BIT(11))
#define BASE_BSP BIT(8)
#define SVR_RESET 0xffU
#define DFR_RESET 0xffffffffU

/* SDM volume 3, section 11.4.7: INIT leaves the id and IA32_APIC_BASE alone. */
const struct vapic_field vapic_fields[] = {
	FIELD(version, VAPIC_FIXED, 4, VAPIC_STATE_VERSION),
	FIELD(vcpus, VAPIC_FIXED, 4, 0),
	FIELD(ioapic.select, VAPIC_RESET, 4, 0),
	FIELD(ioapic.id, VAPIC_RESET, 4, 0),
	FIELD(ioapic.line, VAPIC_RESET, 4, 0),
	FIELD(ioapic.entry, VAPIC_RESET, 8, LVT_MASKED),
	FIELD(pic, VAPIC_RESET, 1, 0),
	CPU_FIELD(base, false, VAPIC_RESET, 8, BASE_RESET),
	CPU_FIELD(id, false, VAPIC_FIXED, 4, 0),
	CPU_FIELD(tpr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(ldr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(dfr, true, VAPIC_RESET, 4, DFR_RESET),
	CPU_FIELD(svr, true, VAPIC_RESET, 4, SVR_RESET),
	CPU_FIELD(esr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(errors, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(icr, true, VAPIC_RESET, 8, 0),
	CPU_FIELD(lvt, true, VAPIC_RESET, 4, LVT_MASKED),
	CPU_FIELD(divide, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(initial, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(deadline, true, VAPIC_RESET, 8, VTIMER_OFF),
	CPU_FIELD(tsc_deadline, true, VAPIC_RESET, 8, 0),
	CPU_FIELD(irr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(isr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(tmr, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(nmi, true, VAPIC_RESET, 1, 0),
	CPU_FIELD(nmi_blocked, true, VAPIC_RESET, 1, 0),
	CPU_FIELD(sent_fast, false, VAPIC_MONOTONIC, 8, 0),
	CPU_FIELD(sent_slow, false, VAPIC_MONOTONIC, 8, 0),
	CPU_FIELD(outstanding, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(events, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(posted, true, VAPIC_RESET, 4, 0),
	CPU_FIELD(posted_level, true, VAPIC_RESET, 4, 0),
};

const u32 vapic_field_count = ARRAY_SIZE(vapic_fields);

static void fill_field(u8 *at, const struct vapic_field *f)
{
	if (f->value == 0U) {
		memset(at, 0, f->size);
		return;
	}
	for (u32 i = 0; i < f->size; i += f->width)
		memcpy(at + i, &f->value, f->width);
}

/* What all vcpus share; at boot what no guest can change, too. */
static void shared_fill(struct virq *q, bool boot)
{
	for (u32 i = 0; i < vapic_field_count; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		if (!f->per_cpu && (boot || f->kind == VAPIC_RESET))
			fill_field((u8 *)&q->s + f->offset, f);
	}
}

/* The fields [@from, @to) of vcpu @n. */
static void cpu_fill(struct virq *q, u32 n, u32 from, u32 to, bool boot)
{
	for (u32 i = from; i < to; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		if (f->per_cpu && (boot || f->kind == VAPIC_RESET))
			fill_field((u8 *)&q->s.cpu[n] + f->offset, f);
	}
	if (n == 0U)
		q->s.cpu[0].base |= BASE_BSP;
}

/* What an INIT makes of a local APIC, by the table: copied, for the guest waits masked. */
static struct vlapic after_init;

static void after_init_fill(void)
{
	for (u32 i = 0; i < vapic_field_count; i++) {
		if (vapic_fields[i].init)
			fill_field((u8 *)&after_init + vapic_fields[i].offset, &vapic_fields[i]);
	}
}

void vapic_init(struct virq *q, u32 vcpus, const struct virq_ops *ops)
{
	after_init_fill();
	memset(q, 0, sizeof(*q));
	q->lock.class = LOCK_VIRQ;
	q->ops = ops;
	shared_fill(q, true);
	q->s.vcpus = vcpus;
	for (u32 n = 0; n < VLAPIC_VCPUS_MAX; n++) {
		cpu_fill(q, n, 0, vapic_field_count, true);
		q->s.cpu[n].id = n;
	}
}

/* The fields of a vcpu take so many steps, of some 500 instructions each. */
#define CPU_STEPS 3U

/*
 * What is shared comes first, so that no line is anybody's interrupt any more, and last, so that
 * nothing is left of one that was asserted meanwhile.
 */
int vapic_reset_step(struct virq *q, u32 *at)
{
	const u32 piece = (vapic_field_count + CPU_STEPS - 1U) / CPU_STEPS;
	const u32 n = (*at - 1U) / CPU_STEPS;
	const u32 from = (*at - 1U) % CPU_STEPS * piece;

	if (*at == 0U || n == q->s.vcpus)
		shared_fill(q, false);
	else
		cpu_fill(q, n, from,
			 from + piece < vapic_field_count ? from + piece : vapic_field_count,
			 false);
	if (*at > q->s.vcpus * CPU_STEPS)
		return 0;
	(*at)++;
	return BH_EAGAIN;
}

#define BEHIND(field) (offsetof(struct vlapic, field) + sizeof(((struct vlapic *)0)->field))

/* From the first to the last field of each kind; between them are no others. */
void vlapic_reset(struct vlapic *a)
{
	memcpy(&a->tpr, &after_init.tpr, BEHIND(nmi_blocked) - offsetof(struct vlapic, tpr));
	memcpy(&a->outstanding, &after_init.outstanding,
	       BEHIND(posted_level) - offsetof(struct vlapic, outstanding));
}
