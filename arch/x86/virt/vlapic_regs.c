// SPDX-License-Identifier: Apache-2.0
/*
 * Registers of a local APIC (SDM volume 3, tables 11-1 and 11-6): one table says what there is in
 * the xAPIC page and among the x2APIC MSRs, and drives the emulation and its tests.
 */
#include <asm/vlapic.h>
#include <bulkhead/arch/atomic.h>

/* 7 entries of the vector table; EOI broadcasts can be suppressed; version 14h. */
#define VERSION ((LVT_COUNT - 1U) << 16 | BIT(24) | 0x14U)

#define ALL32 0xffffffffULL
#define SVR_DEFINED (BIT(12) | BITS(9, 0))
#define SVR_ENABLE BIT(8)
#define DFR_FIXED 0x0fffffffU
#define LDR_DEFINED 0xff000000ULL
#define LVT_MODE_BITS BITS(10, 8)
#define LVT_VECTOR BITS(7, 0)
/* Read-only: a write of them is without effect, in x2APIC mode too (Linux does when it ends). */
#define LVT_DELIVERY_STATUS BIT(12)
#define LVT_REMOTE_IRR BIT(14)
#define ICR_DEFINED (BITS(63, 32) | BITS(19, 18) | BITS(15, 14) | BITS(12, 0))
#define ICR_BUSY BIT(12)
#define BASE_DEFINED (BITS(51, 10) | BIT(8))
#define BASE_EN BIT(11)
#define BASE_EXTD BIT(10)
#define BASE_ADDRESS BITS(51, 12)

/* ---- what a row's registers are ---- */

static u64 read_id(struct vlapic_access *x)
{
	return x->x2apic ? x->a->id : (u64)x->a->id << 24;
}

static u64 read_version(struct vlapic_access *x __unused)
{
	return VERSION;
}

static u64 read_tpr(struct vlapic_access *x)
{
	return x->a->tpr;
}

static bool write_tpr(struct vlapic_access *x, u64 value)
{
	x->a->tpr = (u32)value;
	return true;
}

static u64 read_ppr(struct vlapic_access *x)
{
	return vlapic_ppr(x->a);
}

static bool write_eoi(struct vlapic_access *x, u64 value __unused)
{
	vlapic_end(x->q, x->a->id);
	return true;
}

static u64 read_ldr(struct vlapic_access *x)
{
	return vlapic_ldr(x->a);
}

static bool write_ldr(struct vlapic_access *x, u64 value)
{
	write_once(x->a->ldr, (u32)value);
	return true;
}

static u64 read_dfr(struct vlapic_access *x)
{
	return x->a->dfr;
}

static bool write_dfr(struct vlapic_access *x, u64 value)
{
	write_once(x->a->dfr, (u32)value | DFR_FIXED);
	return true;
}

static u64 read_svr(struct vlapic_access *x)
{
	return x->a->svr;
}

/* Software disable masks the whole vector table (SDM volume 3, section 11.4.7.2). */
static bool write_svr(struct vlapic_access *x, u64 value)
{
	write_once(x->a->svr, (u32)value);
	for (u32 i = 0; i < LVT_COUNT && (value & SVR_ENABLE) == 0U; i++)
		x->a->lvt[i] |= (u32)LVT_MASKED;
	return true;
}

static u64 read_isr(struct vlapic_access *x)
{
	return x->a->isr.w[x->index];
}

static u64 read_tmr(struct vlapic_access *x)
{
	return x->a->tmr[x->index];
}

static u64 read_irr(struct vlapic_access *x)
{
	return x->a->irr.w[x->index];
}

static u64 read_esr(struct vlapic_access *x)
{
	return x->a->esr;
}

static bool write_esr(struct vlapic_access *x, u64 value __unused)
{
	x->a->esr = x->a->errors;
	x->a->errors = 0;
	return true;
}

static u64 read_icr(struct vlapic_access *x)
{
	return x->x2apic ? x->a->icr : (u32)x->a->icr;
}

static u64 read_icr_high(struct vlapic_access *x)
{
	return x->a->icr >> 32;
}

static bool write_icr_high(struct vlapic_access *x, u64 value)
{
	x->a->icr = (u32)x->a->icr | value << 32;
	return true;
}

/* Sends first: a target that is not ready has the command written again. */
static bool write_icr(struct vlapic_access *x, u64 value)
{
	const u64 command = (x->x2apic ? value : (x->a->icr & ~ALL32) | value) & ~(u64)ICR_BUSY;
	const struct ipi i = ipi_decode(command, x->x2apic);
	const bool fixed = i.mode == MODE_FIXED || i.mode == MODE_LOWEST;

	if (!ipi_fast(x->q, x->a, command, x->x2apic)) {
		if (fixed && i.vector < 16U)
			vlapic_error(x->a, (u32)ESR_SEND_VECTOR);
		else
			x->result = ipi_send(x->q, x->a->id, &i);
		x->a->sent_slow++;
	}
	if (x->result == TRAP_RESUME)
		x->a->icr = command;
	return true;
}

static bool write_self(struct vlapic_access *x, u64 value)
{
	x->a->sent_fast++;
	if (value < 16U)
		vlapic_error(x->a, (u32)ESR_SEND_VECTOR);
	else
		vlapic_accept(x->a, (u32)value, false);
	return true;
}

static u64 read_lvt(struct vlapic_access *x)
{
	return x->a->lvt[x->index];
}

/* While it is software-disabled an entry stays masked. An illegal vector is an error at once. */
static bool write_lvt(struct vlapic_access *x, u64 value)
{
	if (!vlapic_enabled(x->a))
		value |= LVT_MASKED;
	x->a->lvt[x->index] = (u32)(value & ~(LVT_DELIVERY_STATUS | LVT_REMOTE_IRR));
	if ((value & (LVT_MASKED | LVT_MODE_BITS)) == 0U && (value & LVT_VECTOR) < 16U)
		vlapic_error(x->a, (u32)ESR_RECEIVE_VECTOR);
	return true;
}

static bool write_timer(struct vlapic_access *x, u64 value)
{
	const u32 old = x->a->lvt[LVT_TIMER];

	(void)write_lvt(x, value);
	vtimer_mode(x->q, x->a, old);
	return true;
}

static bool write_lint0(struct vlapic_access *x, u64 value)
{
	(void)write_lvt(x, value);
	/* The 8259 may have waited for it. */
	ipi_post_events(x->q, x->a->id, VLAPIC_LOOK);
	return true;
}

static u64 read_initial(struct vlapic_access *x)
{
	return x->a->initial;
}

static bool write_initial(struct vlapic_access *x, u64 value)
{
	/* In TSC-deadline mode it is ignored. */
	if ((x->a->lvt[LVT_TIMER] >> 17 & 2U) != 0U)
		return true;
	x->a->initial = (u32)value;
	vtimer_start(x->q, x->a);
	return true;
}

static u64 read_current(struct vlapic_access *x)
{
	return vtimer_current(x->q, x->a);
}

static u64 read_divide(struct vlapic_access *x)
{
	return x->a->divide;
}

static bool write_divide(struct vlapic_access *x, u64 value)
{
	x->a->divide = (u32)value;
	return true;
}

/* ---- the table: by offset ---- */

#define RESERVED(defined) (~(u64)(defined))
#define RO(name, offset, count, reset, read) \
	{ name, offset, count, 0, IN_BOTH, VLAPIC_RO, false, reset, 0, read, NULL }
#define RW(name, offset, modes, reset, defined, read, write) \
	{ name, offset, 1, 0, modes, VLAPIC_RW, false, reset, RESERVED(defined), read, write }
#define WO(name, offset, modes, defined, write) \
	{ name, offset, 1, 0, modes, VLAPIC_WO, false, 0, RESERVED(defined), NULL, write }
#define LVT(name, offset, n, defined, write)                                                     \
	{ name,     offset, 1, n, IN_BOTH, VLAPIC_RW, false, (u32)LVT_MASKED, RESERVED(defined), \
	  read_lvt, write }
/* Registers of what later APICs have no longer: they read 0 and drop writes. */
#define NONE(name, offset) { name, offset, 1, 0, IN_XAPIC, VLAPIC_NONE, false, 0, 0, NULL, NULL }

#define LVT_TINY (BIT(16) | LVT_DELIVERY_STATUS | BITS(7, 0))
#define LVT_PLAIN (BITS(10, 8) | LVT_TINY)
#define LVT_LINT (LVT_PLAIN | BIT(15) | LVT_REMOTE_IRR | BIT(13))

const struct vlapic_row vlapic_rows[] = {
	RO("ID", 0x020, 1, 0, read_id),
	RO("VERSION", 0x030, 1, VERSION, read_version),
	RW("TPR", 0x080, IN_BOTH, 0, BITS(7, 0), read_tpr, write_tpr),
	NONE("APR", 0x090),
	RO("PPR", 0x0a0, 1, 0, read_ppr),
	WO("EOI", 0x0b0, IN_BOTH, 0, write_eoi),
	NONE("RRD", 0x0c0),
	{ "LDR", 0x0d0, 1, 0, IN_BOTH, VLAPIC_RW, true, 0, RESERVED(LDR_DEFINED), read_ldr,
	  write_ldr },
	RW("DFR", 0x0e0, IN_XAPIC, 0xffffffff, BITS(31, 28), read_dfr, write_dfr),
	RW("SVR", 0x0f0, IN_BOTH, 0xff, SVR_DEFINED, read_svr, write_svr),
	RO("ISR", 0x100, 8, 0, read_isr),
	RO("TMR", 0x180, 8, 0, read_tmr),
	RO("IRR", 0x200, 8, 0, read_irr),
	RW("ESR", 0x280, IN_BOTH, 0, 0, read_esr, write_esr),
	LVT("LVT_CMCI", 0x2f0, LVT_CMCI, LVT_PLAIN, write_lvt),
	RW("ICR", 0x300, IN_BOTH, 0, ICR_DEFINED, read_icr, write_icr),
	RW("ICR_HIGH", 0x310, IN_XAPIC, 0, BITS(31, 24), read_icr_high, write_icr_high),
	LVT("LVT_TIMER", 0x320, LVT_TIMER, BITS(18, 17) | LVT_TINY, write_timer),
	LVT("LVT_THERMAL", 0x330, LVT_THERMAL, LVT_PLAIN, write_lvt),
	LVT("LVT_PERF", 0x340, LVT_PERF, LVT_PLAIN, write_lvt),
	LVT("LVT_LINT0", 0x350, LVT_LINT0, LVT_LINT, write_lint0),
	LVT("LVT_LINT1", 0x360, LVT_LINT1, LVT_LINT, write_lvt),
	LVT("LVT_ERROR", 0x370, LVT_ERROR, LVT_TINY, write_lvt),
	RW("TIMER_INITIAL", 0x380, IN_BOTH, 0, ALL32, read_initial, write_initial),
	RO("TIMER_CURRENT", 0x390, 1, 0, read_current),
	RW("TIMER_DIVIDE", 0x3e0, IN_BOTH, 0, BIT(3) | BITS(1, 0), read_divide, write_divide),
	WO("SELF_IPI", 0x3f0, IN_X2APIC, BITS(7, 0), write_self),
};

const u32 vlapic_row_count = ARRAY_SIZE(vlapic_rows);

/* ---- finding the row, reading and writing ---- */

#define ROW_SHIFT 4U

/*
 * The row of each register, from 1 on; 0: none has it. A guest waits while its register is looked
 * for. The unit tests hold it against the rows.
 */
static const u8 row_of[0x400U >> ROW_SHIFT] = {
	[0x02] = 1,           [0x03] = 2,           [0x08] = 3,           [0x09] = 4,  [0x0a] = 5,
	[0x0b] = 6,           [0x0c] = 7,           [0x0d] = 8,           [0x0e] = 9,  [0x0f] = 10,
	[0x10 ... 0x17] = 11, [0x18 ... 0x1f] = 12, [0x20 ... 0x27] = 13, [0x28] = 14, [0x2f] = 15,
	[0x30] = 16,          [0x31] = 17,          [0x32] = 18,          [0x33] = 19, [0x34] = 20,
	[0x35] = 21,          [0x36] = 22,          [0x37] = 23,          [0x38] = 24, [0x39] = 25,
	[0x3e] = 26,          [0x3f] = 27,
};

static const struct vlapic_row *row_find(u64 offset, u32 mode)
{
	const u64 at = offset >> ROW_SHIFT;
	const u32 row = at < ARRAY_SIZE(row_of) ? row_of[at] : 0U;

	if (row == 0U || (vlapic_rows[row - 1U].modes & mode) == 0U)
		return NULL;
	return &vlapic_rows[row - 1U];
}

static u32 index_of(const struct vlapic_row *r, u64 offset)
{
	return r->first + (((u32)offset - r->offset) >> ROW_SHIFT);
}

/* ESR and EOI take any value in the xAPIC page and drop it, as reserved bits everywhere. */
static void page_write(const struct vlapic_row *r, struct vlapic_access *x, u64 value)
{
	if (r->kind == VLAPIC_RW || r->kind == VLAPIC_WO)
		(void)r->write(x, value & ~r->reserved);
}

enum trap_result vlapic_page(struct virq *q, u32 n, u64 offset, u32 size, bool write, u64 *value)
{
	struct vlapic *a = &q->s.cpu[n];
	const struct vlapic_row *r = row_find(offset & ~0xfULL, IN_XAPIC);
	struct vlapic_access x = { .q = q, .a = a, .result = TRAP_RESUME };

	/* Nobody answers at the address of a page that is not there. */
	if (!vlapic_on(a) || vlapic_x2(a)) {
		*value = write ? *value : ~0ULL;
		return TRAP_RESUME;
	}
	(void)vlapic_fold(a);
	if (!write)
		*value = 0;
	if (r == NULL) {
		vlapic_error(a, (u32)ESR_REGISTER);
		return TRAP_RESUME;
	}
	if (size != 4U || (offset & 0xfU) != 0U)
		return TRAP_RESUME;
	x.index = index_of(r, offset);
	if (write)
		page_write(r, &x, (u32)*value);
	else if (r->read != NULL)
		*value = r->read(&x);
	return x.result;
}

static u64 offset_of(u32 msr)
{
	return (u64)(msr - VLAPIC_MSR_FIRST) << ROW_SHIFT;
}

enum trap_result vlapic_rdmsr(struct virq *q, u32 n, u32 msr, u64 *value)
{
	struct vlapic_access x = { .q = q, .a = &q->s.cpu[n], .x2apic = true };
	const struct vlapic_row *r;

	switch (msr) {
	case VLAPIC_MSR_BASE:
		*value = x.a->base;
		return TRAP_RESUME;
	case VLAPIC_MSR_DEADLINE:
		*value = x.a->tsc_deadline;
		return TRAP_RESUME;
	default:
		break;
	}
	r = vlapic_x2(x.a) ? row_find(offset_of(msr), IN_X2APIC) : NULL;
	if (r == NULL || r->read == NULL)
		return TRAP_INJECT;
	(void)vlapic_fold(x.a);
	x.index = index_of(r, offset_of(msr));
	*value = r->read(&x);
	return TRAP_RESUME;
}

/* SDM volume 3, figure 11-27: into x2APIC mode only from xAPIC mode, out of it only to off. */
static bool base_legal(u64 old, u64 value)
{
	const u64 mode = value & (BASE_EN | BASE_EXTD);
	const u64 was = old & (BASE_EN | BASE_EXTD);

	if ((value & ~BASE_DEFINED) != 0U || (value & BASE_ADDRESS & ~BASE_EN) != VLAPIC_BASE)
		return false;
	if (mode == BASE_EXTD)
		return false;
	if (mode == (BASE_EN | BASE_EXTD))
		return was != 0U;
	return mode == 0U || was != (BASE_EN | BASE_EXTD);
}

static bool write_base(struct virq *q, struct vlapic *a, u64 value)
{
	const u64 old = a->base;

	if (!base_legal(old, value))
		return false;
	write_once(a->base, value);
	/* Off: what it will be when it is turned on again. */
	if ((value & BASE_EN) == 0U && (old & BASE_EN) != 0U) {
		vlapic_reset(a);
		q->ops->alarm(q, a->id, VTIMER_OFF);
	}
	return true;
}

static bool write_row(struct vlapic_access *x, u32 msr, u64 value)
{
	const struct vlapic_row *r;

	r = vlapic_x2(x->a) ? row_find(offset_of(msr), IN_X2APIC) : NULL;
	if (r == NULL || r->write == NULL || r->x2_read_only || (value & r->reserved) != 0U)
		return false;
	(void)vlapic_fold(x->a);
	x->index = index_of(r, offset_of(msr));
	return r->write(x, value);
}

enum trap_result vlapic_wrmsr(struct virq *q, u32 n, u32 msr, u64 value)
{
	struct vlapic_access x = {
		.q = q, .a = &q->s.cpu[n], .x2apic = true, .result = TRAP_RESUME
	};
	bool done;

	switch (msr) {
	case VLAPIC_MSR_BASE:
		done = write_base(q, x.a, value);
		break;
	case VLAPIC_MSR_DEADLINE:
		vtimer_deadline(q, x.a, value);
		done = true;
		break;
	default:
		done = write_row(&x, msr, value);
		break;
	}
	return done ? x.result : TRAP_INJECT;
}
