// SPDX-License-Identifier: Apache-2.0
/*
 * An access that stage 2 refused: answered by whoever has the address, retried where the tree has
 * changed meanwhile, else a fault.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "trap_internal.h"

static u64 mask_of(u32 size)
{
	return ~0ULL >> (64U - 8U * size);
}

static enum trap_result refuse(struct vcpu *v, const struct exit_memory *m)
{
	log_guest(LOG_INFO, v->partition, "vcpu %u: %s at 0x%llx refused, from 0x%llx: %s", v->id,
		  m->exec    ? "fetch"
		  : m->write ? "write"
			     : "read",
		  (unsigned long long)m->gpa.v, (unsigned long long)vcpu_reg_get(v->arch, REG_PC),
		  m->permission ? "no right" : "nothing there");
	return trap_fault(v, m->exec ? FAULT_EXTERNAL_FETCH : FAULT_EXTERNAL_DATA, m->gva);
}

/*
 * Does the tree allow the access now? While a change is under way an entry may be invalid for a
 * moment (break before make): the guest tries again.
 */
static bool allowed_now(struct vcpu *v, const struct exit_memory *m)
{
	u32 need = (m->read ? PT_R : 0U) | (m->write ? PT_W : 0U);
	struct pt_leaf leaf;
	bool allowed;

	spin_lock(&v->s2->lock);
	allowed = v->s2->pt.busy;
	if (!allowed && pt_query(&v->s2->pt, m->gpa.v, &leaf) == BH_OK)
		allowed = (leaf.attr & need) == need && (!m->exec || (leaf.attr & PT_X) == PT_X);
	spin_unlock(&v->s2->lock);
	return allowed;
}

/* What hardware decoded, in the decoder's words. */
static void from_hardware(const struct exit *e, struct insn *out)
{
	const struct exit_memory *m = &e->memory;

	*out = (struct insn){
		.kind = m->write ? INSN_STORE : INSN_LOAD,
		.length = e->length,
		.size = m->size,
		.count = 1,
		.reg_size = m->reg_size,
		.sign = m->sign,
		.reg = { m->reg },
		.address = m->gva,
	};
}

static u64 store_value(struct vcpu *v, const struct insn *i, u32 n)
{
	u64 value = i->imm;

	if (i->kind == INSN_STORE)
		value = vcpu_reg_get(v->arch, i->reg[n]) >> (i->high ? 8U : 0U);
	return value & mask_of(i->size);
}

/* What register @old becomes when @value is loaded into it. */
static u64 load_value(const struct insn *i, u64 old, u64 value)
{
	const u64 sign = 1ULL << (8U * i->size - 1U);
	const u32 shift = i->high ? 8U : 0U;

	value &= mask_of(i->size);
	if (i->sign)
		value = (value ^ sign) - sign;
	value &= mask_of(i->reg_size);
	if (i->reg_size >= 4U)
		return value;
	return (old & ~(mask_of(i->reg_size) << shift)) | value << shift;
}

/* Of general registers, one or two. */
static bool supported(const struct insn *i)
{
	const bool target = i->kind != INSN_LOAD || (i->reg_size != 0U && i->reg_size <= 8U);

	return !i->simd && i->count != 0U && i->count <= INSN_REGS_MAX && i->size != 0U &&
	       i->size <= 8U && target;
}

/* The elements of @i as accesses: read whole before any is answered. False: not ours to answer. */
static bool decode(struct vcpu *v, const struct exit_memory *m, const struct insn *i,
		   struct mmio_access *a, const struct mmio_range **r)
{
	/* A pair may have faulted on its second element. */
	const u64 gpa = m->gva_valid ? m->gpa.v - (m->gva.v - i->address.v) : m->gpa.v;

	if (!supported(i) || (gpa ^ m->gpa.v) >= PAGE_SIZE)
		return false;
	for (u32 n = 0; n < i->count; n++) {
		const u64 at = gpa + (u64)n * i->size;

		r[n] = mmio_map_find(v->mmio, at, i->size);
		if (r[n] == NULL)
			return false;
		a[n] = (struct mmio_access){
			.vcpu = v,
			.offset = at - r[n]->base,
			.size = i->size,
			.write = i->kind != INSN_LOAD,
		};
		if (a[n].write)
			a[n].value = store_value(v, i, n);
	}
	return true;
}

static void complete(struct vcpu *v, const struct insn *i, const struct mmio_access *a)
{
	for (u32 n = 0; n < i->count && i->kind == INSN_LOAD; n++) {
		const u64 old = vcpu_reg_get(v->arch, i->reg[n]);

		vcpu_reg_set(v->arch, i->reg[n], load_value(i, old, a[n].value));
	}
	if (i->writeback)
		vcpu_reg_set(v->arch, i->base, i->base_value);
}

static enum trap_result emulate(struct vcpu *v, struct exit *e)
{
	const struct mmio_range *r[INSN_REGS_MAX] = { NULL };
	struct mmio_access a[INSN_REGS_MAX];
	struct insn i;
	int err = 0;

	if (e->memory.decoded)
		from_hardware(e, &i);
	else
		err = vcpu_insn(v->arch, e, &i);
	if (err != 0 || !decode(v, &e->memory, &i, a, r))
		return refuse(v, &e->memory);
	for (u32 n = 0; n < i.count; n++) {
		const enum trap_result result = r[n]->fn(r[n]->ctx, &a[n]);

		if (result != TRAP_RESUME)
			return result;
	}
	complete(v, &i, a);
	e->length = i.length;
	return TRAP_RESUME;
}

enum trap_result trap_memory(struct vcpu *v, struct exit *e)
{
	const struct exit_memory *m = &e->memory;
	bool mapped = false;
	enum trap_result result = TRAP_RETRY;

	mmio_map_read_begin(v->mmio);
	if (m->gpa_exact && !m->exec && !m->table_walk)
		mapped = mmio_map_find(v->mmio, m->gpa.v, 1U) != NULL;
	if (mapped)
		result = emulate(v, e);
	mmio_map_read_end(v->mmio);
	if (mapped)
		return result;
	return allowed_now(v, m) ? TRAP_RETRY : refuse(v, m);
}
