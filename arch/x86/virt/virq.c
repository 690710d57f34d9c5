// SPDX-License-Identifier: Apache-2.0
/* The contract of arch/virq.h: the model of the interrupt controllers meets the vcpus. */
#include <asm/kvmpv.h>
#include <asm/msr.h>
#include <asm/virq.h>
#include <asm/vlapic.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/irqchip/ioapic.h>
#include <bulkhead/lib/error.h>

#include "backend.h"

#define PIC_LINES 16U
#define PIC_FIRST 0x20U
#define PIC_SECOND 0xa0U
#define PIC_ELCR 0x4d0U
#define PAGE_REAL_SHIFT 12U

/*
 * Pins that lines of the board come in at, first those that PCs have always had for PCI. No 8259
 * has them: a guest that uses them has found its I/O APIC.
 */
static const u8 board_pins[] = { 10, 11, 5, 7 };

/* Lines of the board that are guests'; written at boot. */
static struct board_line {
	struct virq *q;
	u32 pin;
	bool level;
} board_lines[IOAPIC_GIVEN_MAX];
static u32 board_line_count;

/* Whose timer is this CPU's. The CPU's own. */
static struct vcpu_arch *here[CONFIG_MAX_CPUS];

static struct vlapic *lapic(const struct vcpu_arch *v)
{
	return &v->virq->s.cpu[v->virq_id];
}

/* ---- what the model asks for ---- */

static void kick(struct virq *q, u32 n)
{
	upcall_vcpu_kick(q->vcpu[n]);
}

static void alarm(struct virq *q, u32 n, u64 deadline)
{
	if (here[this_cpu()->id] == q->vcpu[n])
		timer_guest_arm(&q->s.cpu[n], deadline);
}

static u64 now(void)
{
	return timer_now();
}

/* One that is on takes no notice. */
static void start(struct virq *q, u32 n, u8 page)
{
	const struct vcpu_start s = { .pc = GPA((u64)page << PAGE_REAL_SHIFT), .id = n };

	(void)upcall_vcpu_on(q->vcpu[n], n, &s);
}

static int stop(struct virq *q, u32 n)
{
	return upcall_vcpu_stop(q->vcpu[n], n);
}

static void line(struct virq *q, u32 pin, bool open)
{
	const u32 bit = 1U << pin;

	q->open = open ? q->open | bit : q->open & ~bit;
	ioapic_line_open(q->gsi[pin], open && !q->shut);
}

static const struct virq_ops ops = {
	.kick = kick,
	.alarm = alarm,
	.now = now,
	.start = start,
	.stop = stop,
	.line = line,
};

/* This CPU's alarm for its guest. */
static u64 look_at_timer(void *who, u64 at)
{
	return vtimer_look(who, at);
}

/* ---- the contract ---- */

size_t virq_size(u32 vcpus __unused)
{
	return sizeof(struct virq);
}

static enum trap_result local_page(void *ctx __unused, struct mmio_access *a)
{
	struct vcpu_arch *v = here[this_cpu()->id];

	return vlapic_page(v->virq, v->virq_id, a->offset, a->size, a->write, &a->value);
}

static enum trap_result io_page(void *ctx, struct mmio_access *a)
{
	struct virq *q = ctx;

	spin_lock(&q->lock);
	if (a->write)
		vioapic_write(q, a->offset, a->size, (u32)a->value);
	else
		a->value = vioapic_read(q, a->offset, a->size);
	spin_unlock(&q->lock);
	return TRAP_RESUME;
}

static enum trap_result pic(struct virq *q, u64 base, struct mmio_access *a)
{
	u64 value = 0;

	/* A word is two bytes, side by side. */
	spin_lock(&q->lock);
	for (u32 i = 0; i < a->size; i++) {
		const u16 port = (u16)(base + a->offset + i);

		if (a->write)
			vpic_write(q, port, (u8)(a->value >> 8U * i));
		else
			value |= (u64)vpic_read(&q->s.pic, port) << 8U * i;
	}
	spin_unlock(&q->lock);
	if (!a->write)
		a->value = value;
	return TRAP_RESUME;
}

static enum trap_result pic_first(void *ctx, struct mmio_access *a)
{
	return pic(ctx, PIC_FIRST, a);
}

static enum trap_result pic_second(void *ctx, struct mmio_access *a)
{
	return pic(ctx, PIC_SECOND, a);
}

static enum trap_result pic_edge(void *ctx, struct mmio_access *a)
{
	return pic(ctx, PIC_ELCR, a);
}

static const struct virq_window windows[] = {
	{ .base = VIOAPIC_BASE, .size = VIOAPIC_SIZE, .fn = io_page },
	{ .base = VLAPIC_BASE, .size = VLAPIC_SIZE, .fn = local_page },
	{ .base = PIC_FIRST, .size = 2, .fn = pic_first, .port = true },
	{ .base = PIC_SECOND, .size = 2, .fn = pic_second, .port = true },
	{ .base = PIC_ELCR, .size = 2, .fn = pic_edge, .port = true },
};

_Static_assert(ARRAY_SIZE(windows) <= VIRQ_WINDOWS_MAX, "room for them");

int virq_init(struct virq *q, struct vcpu_arch *const *vcpus, u32 count,
	      struct virq_window window[VIRQ_WINDOWS_MAX], u32 *count_out)
{
	if (count == 0U || count > VLAPIC_VCPUS_MAX)
		return trace_error(BH_EOVERFLOW);
	vapic_init(q, count, &ops);
	for (u32 i = 0; i < count; i++) {
		q->vcpu[i] = vcpus[i];
		vcpus[i]->virq = q;
		vcpus[i]->apic = &q->s.cpu[i];
		vcpus[i]->virq_id = i;
	}
	timer_guest_set(look_at_timer);
	for (u32 i = 0; i < ARRAY_SIZE(windows); i++) {
		window[i] = windows[i];
		window[i].ctx = q;
	}
	*count_out = ARRAY_SIZE(windows);
	return 0;
}

int virq_reset(struct virq *q, u32 *at)
{
	int err;

	spin_lock(&q->lock);
	err = vapic_reset_step(q, at);
	for (u32 bits = q->bound; bits != 0U && err == 0; bits &= bits - 1U)
		line(q, (u32)__builtin_ctz(bits), false);
	spin_unlock(&q->lock);
	return err;
}

void virq_pend(struct virq *q, u32 intid)
{
	if (intid >= VIOAPIC_PINS)
		return;
	spin_lock(&q->lock);
	if (intid < PIC_LINES) {
		vpic_line(q, intid, true);
		vpic_line(q, intid, false);
	}
	vioapic_edge(q, intid);
	spin_unlock(&q->lock);
}

void virq_level(struct virq *q, u32 intid, bool high)
{
	if (intid >= VIOAPIC_PINS)
		return;
	spin_lock(&q->lock);
	if (intid < PIC_LINES)
		vpic_line(q, intid, high);
	vioapic_line(q, intid, high);
	spin_unlock(&q->lock);
}

/*
 * One that stays is closed before it is completed, so that it comes again when the guest's I/O APIC
 * can take it again, and not before.
 */
static void board_line_taken(void *ctx)
{
	const struct board_line *b = ctx;

	spin_lock(&b->q->lock);
	if (b->level) {
		line(b->q, b->pin, false);
		vioapic_line(b->q, b->pin, true);
	} else {
		vioapic_edge(b->q, b->pin);
	}
	spin_unlock(&b->q->lock);
}

/* A pin of @q that no line has; 0: there is none. */
static u32 free_pin(const struct virq *q)
{
	for (u32 i = 0; i < ARRAY_SIZE(board_pins); i++) {
		if ((q->bound & 1U << board_pins[i]) == 0U)
			return board_pins[i];
	}
	return 0;
}

int virq_bind(struct virq *q, u32 intid, bool level, u32 cpu, u32 *own)
{
	const u32 pin = free_pin(q);
	struct board_line *b = &board_lines[board_line_count];
	int err;

	if (pin == 0U || board_line_count == ARRAY_SIZE(board_lines))
		return trace_error(BH_EOVERFLOW);
	*b = (struct board_line){ .q = q, .pin = pin, .level = level };
	err = ioapic_line_give(intid, level, cpu, board_line_taken, b);
	if (err != 0)
		return err;
	board_line_count++;
	q->gsi[pin] = intid;
	q->bound |= 1U << pin;
	*own = pin;
	return 0;
}

bool virq_message(struct virq *q, u64 address, u32 data)
{
	return ipi_message(q, address, data);
}

bool virq_doorbell(struct virq *q __unused, struct virq_window *out __unused)
{
	return false;
}

static bool pic_offers(const struct vcpu_arch *v)
{
	return vlapic_takes_pic(lapic(v)) && vpic_waits(&v->virq->s.pic);
}

/* ---- MSRs, CR8 ---- */

bool vlapic_is_msr(u32 msr)
{
	return msr == VLAPIC_MSR_BASE || msr == VLAPIC_MSR_DEADLINE ||
	       (msr >= VLAPIC_MSR_FIRST && msr <= VLAPIC_MSR_LAST);
}

enum trap_result vlapic_msr_read(struct vcpu_arch *v, u32 msr, u64 *value)
{
	if (v->virq == NULL || vlapic_rdmsr(v->virq, v->virq_id, msr, value) != TRAP_RESUME)
		return guest_fault(v, FAULT_PROTECTION);
	return TRAP_RESUME;
}

enum trap_result vlapic_msr_write(struct vcpu_arch *v, u32 msr, u64 value)
{
	enum trap_result r = TRAP_INJECT;

	if (v->virq != NULL)
		r = vlapic_wrmsr(v->virq, v->virq_id, msr, value);
	return r == TRAP_INJECT ? guest_fault(v, FAULT_PROTECTION) : r;
}

bool vlapic_present(const struct vcpu_arch *v)
{
	return v->virq != NULL && vlapic_on(lapic(v));
}

u64 vlapic_cr8(const struct vcpu_arch *v)
{
	return lapic(v)->tpr >> 4;
}

void vlapic_cr8_set(struct vcpu_arch *v, u64 value)
{
	lapic(v)->tpr = (u32)(value & 0xfU) << 4;
}

/* ---- into the guest ---- */

void virq_loaded(struct vcpu_arch *v)
{
	here[this_cpu()->id] = v;
	if (v->virq != NULL)
		timer_guest_arm(lapic(v), lapic(v)->deadline);
}

/* The most urgent vector, taken: to be delivered now. */
static u32 take(struct vcpu_arch *v, u32 next)
{
	u32 vector;

	if (next != 0U) {
		vlapic_ack(lapic(v), next);
		if ((v->eoi.msr & KVM_PV_EOI_ENABLED) != 0U)
			kvmpv_eoi_offer(v, next);
		return next;
	}
	spin_lock(&v->virq->lock);
	vector = vpic_take(&v->virq->s.pic);
	spin_unlock(&v->virq->lock);
	return vector;
}

/* One event an entry; what cannot come now has a window opened for it. */
static void choose(struct vcpu_arch *v)
{
	struct vlapic *a = lapic(v);
	bool tpr = false;
	const u32 next = vlapic_next(a, &tpr);
	const bool wants = next != 0U || pic_offers(v);
	u32 blocked;
	u32 set = 0;

	if (!a->nmi && !wants) {
		virt->window(v, tpr ? VIRQ_TPR : 0U);
		return;
	}
	blocked = v->inject.valid ? VIRQ_INTR | VIRQ_NMI : virt->blocked(v);
	if (a->nmi && (blocked & VIRQ_NMI) == 0U) {
		a->nmi = false;
		v->inject =
			(struct x86_event){ .valid = true, .type = EVENT_NMI, .vector = VEC_NMI };
		virt->nmi_taken(v);
		set = wants ? VIRQ_INTR : 0U;
	} else if (wants && (blocked & VIRQ_INTR) == 0U) {
		v->inject = (struct x86_event){ .valid = true,
						.type = EVENT_INTR,
						.vector = (u8)take(v, next) };
		set = vlapic_next(a, &tpr) != 0U || pic_offers(v) ? VIRQ_INTR : 0U;
	} else {
		set = wants ? VIRQ_INTR : 0U;
	}
	virt->window(v, set | (a->nmi ? VIRQ_NMI : 0U) | (tpr ? VIRQ_TPR : 0U));
}

void virq_before_entry(struct vcpu_arch *v)
{
	if (v->virq == NULL)
		return;
	(void)vlapic_fold(lapic(v));
	choose(v);
}

bool virq_pending(struct vcpu_arch *v)
{
	struct vlapic *a;
	bool tpr = false;

	if (v->virq == NULL)
		return false;
	a = lapic(v);
	(void)vlapic_fold(a);
	if (a->nmi)
		return true;
	if ((v->rflags & RFLAGS_IF) == 0U)
		return false;
	return vlapic_next(a, &tpr) != 0U || pic_offers(v);
}

void vcpu_idle(struct vcpu_arch *v)
{
	if (v->virq != NULL && !virq_pending(v))
		cpu_wait();
}

bool virq_awake(struct vcpu_arch *v)
{
	return v->virq == NULL || virq_pending(v);
}

/* All lines are taken where vcpu 0 is. */
void virq_lines(struct vcpu_arch *v, bool open)
{
	struct virq *q = v->virq;

	if (q == NULL || v->virq_id != 0U || q->bound == 0U)
		return;
	spin_lock(&q->lock);
	q->shut = !open;
	for (u32 bits = q->bound; bits != 0U; bits &= bits - 1U) {
		const u32 pin = (u32)__builtin_ctz(bits);

		line(q, pin, (q->open & 1U << pin) != 0U);
	}
	spin_unlock(&q->lock);
}
