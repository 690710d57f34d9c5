// SPDX-License-Identifier: Apache-2.0
/*
 * An access that stage 2 refused: answered by whoever has the address, retried where the tree has
 * changed meanwhile, else a fault, or on a PC a bus that floats.
 */
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "trap_internal.h"

static void tell(struct vcpu *v, const struct exit_memory *m, const char *what)
{
	log_guest(LOG_INFO, v->partition, "vcpu %u: %s at 0x%llx %s, from 0x%llx: %s", v->id,
		  m->table_walk ? "table walk"
		  : m->exec     ? "fetch"
		  : m->write    ? "write"
				: "read",
		  (unsigned long long)m->gpa.v, what,
		  (unsigned long long)vcpu_reg_get(v->arch, REG_PC),
		  m->permission ? "no right" : "nothing there");
}

static enum trap_result refuse(struct vcpu *v, const struct exit_memory *m)
{
	tell(v, m, "refused");
	return trap_fault(v, m->exec ? FAULT_EXTERNAL_FETCH : FAULT_EXTERNAL_DATA, m->gva);
}

/* A walk reads its table whatever it is for. */
static u32 rights_needed(const struct exit_memory *m)
{
	const u32 write = m->write ? PT_W : 0U;

	if (m->table_walk)
		return PT_R | write;
	return (m->read ? PT_R : 0U) | write | (m->exec ? PT_X : 0U);
}

/*
 * Does the tree allow the access now? While a change is under way an entry may be invalid for a
 * moment (break before make): the guest tries again.
 */
static bool allowed_now(struct vcpu *v, const struct exit_memory *m)
{
	const u32 need = rights_needed(m);
	struct pt_leaf leaf;
	bool allowed;

	spin_lock(&v->s2->lock);
	allowed = v->s2->pt.busy;
	if (!allowed && pt_query(&v->s2->pt, m->gpa.v, &leaf) == BH_OK)
		allowed = (leaf.attr & need) == need;
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

/* An element of 16 bytes is two accesses. */
static u32 access_size(const struct insn *i)
{
	return i->size < 8U ? i->size : 8U;
}

static u32 accesses_each(const struct insn *i)
{
	return i->size / access_size(i);
}

/* What access @n of @i stores. */
static u64 store_value(struct vcpu *v, const struct insn *i, u32 n)
{
	const u32 element = n / accesses_each(i);
	u64 value[2] = { i->imm, 0 };

	if (i->simd)
		vcpu_vector_get(v->arch, i->reg[element], value);
	else if (i->kind == INSN_STORE)
		value[0] = vcpu_reg_get(v->arch, i->reg[element]) >> (i->high ? 8U : 0U);
	return value[n % accesses_each(i)] & LOW_BYTES(access_size(i));
}

/* What register @old becomes when @value is loaded into it. */
static u64 load_value(const struct insn *i, u64 old, u64 value)
{
	const u64 sign = 1ULL << (8U * i->size - 1U);
	const u32 shift = i->high ? 8U : 0U;

	value &= LOW_BYTES(i->size);
	if (i->sign)
		value = (value ^ sign) - sign;
	value &= LOW_BYTES(i->reg_size);
	if (i->reg_size >= 4U)
		return value;
	return (old & ~(LOW_BYTES(i->reg_size) << shift)) | value << shift;
}

/* One or two registers, of vectors up to 16 bytes each. */
static bool supported(const struct insn *i)
{
	const u32 most = i->simd ? 16U : 8U;
	const bool target = i->kind != INSN_LOAD || (i->reg_size != 0U && i->reg_size <= most);

	return i->count != 0U && i->count <= INSN_REGS_MAX && i->size != 0U && i->size <= most &&
	       target;
}

/* Accesses of one instruction, in the order of their addresses. */
struct accesses {
	struct mmio_access a[MMIO_PARTS_MAX];
	const struct mmio_range *r[MMIO_PARTS_MAX];
	u32 count;
};

static enum trap_result float_access(void *ctx __unused, struct mmio_access *a)
{
	a->value = ~0ULL;
	return TRAP_RESUME;
}

/* Where nobody is, on a bus that floats. */
static const struct mmio_range nobody = { .fn = float_access };

/*
 * What @i accesses: read whole before any of it is answered; @floats: where there is no device,
 * nobody answers. False: not ours to answer.
 */
static bool decode(struct vcpu *v, const struct exit_memory *m, const struct insn *i, bool floats,
		   struct accesses *all)
{
	/* A pair may have faulted on its second element. */
	const u64 gpa = m->gva_valid ? m->gpa.v - (m->gva.v - i->address.v) : m->gpa.v;
	u64 last;

	if (!supported(i))
		return false;
	/* The next page of the guest may be anywhere. */
	last = gpa + (u64)i->count * i->size - 1U;
	if ((gpa ^ m->gpa.v) >= PAGE_SIZE || (last ^ m->gpa.v) >= PAGE_SIZE)
		return false;
	all->count = i->count * accesses_each(i);
	for (u32 n = 0; n < all->count; n++) {
		const u64 at = gpa + (u64)n * access_size(i);
		const struct mmio_range *r = mmio_map_find(v->mmio, at, access_size(i));

		if (r == NULL && floats)
			r = &nobody;
		if (r == NULL)
			return false;
		all->r[n] = r;
		all->a[n] = (struct mmio_access){
			.vcpu = v,
			.offset = at - r->base,
			.size = (u8)access_size(i),
			.write = i->kind != INSN_LOAD,
		};
		if (all->a[n].write)
			all->a[n].value = store_value(v, i, n);
	}
	return true;
}

static void load(struct vcpu *v, const struct insn *i, u32 reg, const struct mmio_access *a)
{
	if (i->simd) {
		const u64 value[2] = { a[0].value & LOW_BYTES(access_size(i)),
				       i->size == 16U ? a[1].value : 0U };

		vcpu_vector_set(v->arch, reg, value);
	} else {
		const u64 old = vcpu_reg_get(v->arch, reg);

		vcpu_reg_set(v->arch, reg, load_value(i, old, a[0].value));
	}
}

static void complete(struct vcpu *v, const struct insn *i, const struct accesses *all)
{
	for (u32 n = 0; n < i->count && i->kind == INSN_LOAD; n++)
		load(v, i, i->reg[n], &all->a[(size_t)n * accesses_each(i)]);
	if (i->writeback)
		vcpu_reg_set(v->arch, i->base, i->base_value);
}

/*
 * Has the accesses answered in their order. One that has to wait ends the exit, and the instruction
 * comes again: the ones before it are not asked a second time.
 */
static enum trap_result answer(struct vcpu *v, const struct exit_memory *m, struct accesses *all)
{
	struct mmio_progress *p = &v->mmio_progress;
	const u64 pc = vcpu_reg_get(v->arch, REG_PC);
	const u32 done = p->pc == pc && p->gpa == m->gpa.v && p->count == all->count ? p->done : 0U;

	p->done = 0;
	for (u32 n = 0; n < all->count; n++) {
		enum trap_result result = TRAP_RESUME;

		if (n < done)
			all->a[n].value = p->value[n];
		else
			result = all->r[n]->fn(all->r[n]->ctx, &all->a[n]);
		if (result != TRAP_RESUME) {
			p->pc = pc;
			p->gpa = m->gpa.v;
			p->count = all->count;
			p->done = result == TRAP_PARK || result == TRAP_RETRY ? n : 0U;
			return result;
		}
		p->value[n] = all->a[n].value;
	}
	return TRAP_RESUME;
}

/* An instruction that computes: what it read, and where it writes. */
struct update {
	const struct insn *i;
	const struct mmio_access *read;
	const struct mmio_range *device;
};

/* An operand is a register, or a constant beside REG_ZERO. */
static u64 compute(struct vcpu *v, const struct insn *i, u64 memory, u64 *flags)
{
	const u64 reg = vcpu_reg_get(v->arch, i->reg[0]) >> (i->high ? 8U : 0U);

	*flags = vcpu_reg_get(v->arch, REG_FLAGS);
	return i->compute(i, memory & LOW_BYTES(i->size), (reg | i->imm) & LOW_BYTES(i->size),
			  flags);
}

static enum trap_result write_update(void *ctx, struct mmio_access *a)
{
	const struct update *u = ctx;
	u64 flags;

	a->value = compute(a->vcpu, u->i, u->read->value, &flags);
	return u->device->fn(u->device->ctx, a);
}

/*
 * One read, then one write where there is one; registers and flags change when all is done. Its
 * frame is kept out of that of the usual way.
 */
static __noinline enum trap_result emulate_compute(struct vcpu *v, struct exit *e,
						   const struct insn *i, bool floats)
{
	struct insn reading = *i;
	struct accesses all = { .r = { &nobody } };
	struct update u = { .i = i, .read = &all.a[0] };
	const struct mmio_range update = { .fn = write_update, .ctx = &u };
	enum trap_result result;
	u64 value, flags;

	reading.kind = INSN_LOAD;
	if (!decode(v, &e->memory, &reading, floats, &all))
		return refuse(v, &e->memory);
	if (floats)
		tell(v, &e->memory, "leads nowhere");
	if (i->kind == INSN_UPDATE) {
		u.device = all.r[0];
		all.r[1] = &update;
		all.a[1] = all.a[0];
		all.a[1].write = true;
		all.count = 2;
	}
	result = answer(v, &e->memory, &all);
	if (result != TRAP_RESUME)
		return result;
	value = compute(v, i, all.a[0].value, &flags);
	if (i->kind == INSN_COMBINE) {
		all.a[0].value = value;
		load(v, i, i->reg[0], &all.a[0]);
	}
	vcpu_reg_set(v->arch, REG_FLAGS, flags);
	e->length = i->length;
	return TRAP_RESUME;
}

static enum trap_result emulate(struct vcpu *v, struct exit *e, bool floats)
{
	enum trap_result result;
	struct accesses all = { .count = 0 };
	struct insn i;
	int err = 0;

	if (e->memory.decoded)
		from_hardware(e, &i);
	else
		err = vcpu_insn(v->arch, e, &i);
	if (err == BH_EAGAIN)
		return TRAP_RETRY;
	if (err == 0 && i.compute != NULL)
		return emulate_compute(v, e, &i, floats);
	if (err != 0 || !decode(v, &e->memory, &i, floats, &all))
		return refuse(v, &e->memory);
	if (floats)
		tell(v, &e->memory, "leads nowhere");
	result = answer(v, &e->memory, &all);
	if (result != TRAP_RESUME)
		return result;
	complete(v, &i, &all);
	e->length = i.length;
	return TRAP_RESUME;
}

enum trap_result upcall_mmio(struct vcpu_arch *v, u64 gpa, u32 size, bool write, u64 *value)
{
	struct vcpu *vcpu = v->vcpu;
	const struct mmio_map *m = vcpu->mmio;
	const u64 at = gpa - m->brief.base;

	if (at >= m->brief.size || m->brief.size - at < size)
		return TRAP_PARK;
	vcpu->mmio_progress.done = 0;
	return m->brief.fn(m->brief.ctx, (u32)at, size, write, value);
}

/* A plain access, by an address that is known to the byte. */
static bool is_plain(const struct exit_memory *m)
{
	return m->gpa_exact && !m->exec && !m->table_walk;
}

/* False: no device has the address, and @floats is not set. */
static bool answered(struct vcpu *v, struct exit *e, bool floats, enum trap_result *result)
{
	bool here = floats;

	mmio_map_read_begin(v->mmio);
	if (!here && is_plain(&e->memory))
		here = mmio_map_find(v->mmio, e->memory.gpa.v, 1U) != NULL;
	if (here)
		*result = emulate(v, e, floats);
	mmio_map_read_end(v->mmio);
	return here;
}

enum trap_result trap_memory(struct vcpu *v, struct exit *e)
{
	enum trap_result result = TRAP_RETRY;

	if (answered(v, e, false, &result) || allowed_now(v, &e->memory))
		return result;
	if (v->mmio->floats && is_plain(&e->memory) && !e->memory.permission) {
		(void)answered(v, e, true, &result);
		return result;
	}
	return refuse(v, &e->memory);
}
