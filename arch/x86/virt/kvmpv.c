// SPDX-License-Identifier: Apache-2.0
#include <asm/kvmpv.h>
#include <asm/vcpu.h>
#include <asm/vlapic.h>
#include <asm/wallclock.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/mem/guest.h>

#define NS 1000000000ULL
#define TIME_ENABLED BIT(0)
#define EOI_OFFERED 1U
#define IPI_SET_BITS 128U
#define IPI_MODES (BIT(MODE_FIXED) | BIT(MODE_NMI))

_Static_assert(sizeof(struct pvclock_time) == 32U, "pvclock ABI");
_Static_assert(sizeof(struct pvclock_wall) == 12U, "pvclock ABI");

/* With the rate between 1 and 2 GHz after the shift, the factor has 32 bits. */
void pvclock_scale(u64 hz, u32 *mul, s8 *shift)
{
	s8 n = 0;

	while (hz > 2U * NS) {
		hz >>= 1;
		n--;
	}
	while (hz <= NS) {
		hz <<= 1;
		n++;
	}
	*mul = (u32)((NS << 32) / hz);
	*shift = n;
}

/*
 * Behind an odd version and before the next even one. The first word of what is written is the
 * version itself. Nothing is written where the guest itself could not write.
 */
static bool publish(struct vcpu_arch *v, gpa_t at, void *data, u32 size)
{
	u32 *version = data;
	u32 old = 0;

	if (guest_read(v->s2, at, &old, sizeof(old)) != 0)
		return false;
	*version = (old | 1U) + 2U;
	if (guest_write(v->s2, at, version, sizeof(*version)) != 0 ||
	    guest_write(v->s2, at, data, size) != 0)
		return false;
	*version += 1U;
	return guest_write(v->s2, at, version, sizeof(*version)) == 0;
}

/*
 * The TSC never changes its rate and is one for all vcpus: time is counted from where the machine's
 * was 0, and what is written here holds for good.
 */
static bool time_write(struct vcpu_arch *v, u64 value)
{
	struct pvclock_time t = { .tsc_timestamp = v->tsc_offset, .flags = PVCLOCK_TSC_STABLE };

	if ((value & TIME_ENABLED) != 0U) {
		pvclock_scale(v->shown.tsc_hz, &t.tsc_to_system_mul, &t.tsc_shift);
		if (!publish(v, GPA(value & ~TIME_ENABLED), &t, sizeof(t)))
			return false;
	}
	v->kvm_time = value;
	return true;
}

static bool wall_write(struct vcpu_arch *v, u64 value)
{
	struct pvclock_wall w = { 0 };
	u64 seconds;

	wallclock_at_zero(&seconds, &w.nanoseconds);
	w.seconds = (u32)seconds;
	if (!publish(v, GPA(value), &w, sizeof(w)))
		return false;
	v->kvm_wall = value;
	return true;
}

/* Rights may have changed since: what the guest may not write is not written for it. */
static void eoi_find(struct vcpu_arch *v)
{
	struct guest_look look;

	guest_look_begin(&look, v->s2);
	v->eoi.generation = v->s2->generation;
	v->eoi.at = guest_look_writable(&look, GPA(v->eoi.msr & ~KVM_PV_EOI_ENABLED), sizeof(u32));
	guest_look_end(&look);
}

/* The guest's byte, looked for again where rights may have changed; NULL: it has lost it. */
static u8 *eoi_word(struct vcpu_arch *v)
{
	if (v->eoi.at == NULL ||
	    v->eoi.generation != __atomic_load_n(&v->s2->generation, __ATOMIC_RELAXED))
		eoi_find(v);
	return v->eoi.at;
}

static bool eoi_write(struct vcpu_arch *v, u64 value)
{
	if (!guest_shows(v, GUEST_KVM_PV_EOI))
		return false;
	v->eoi = (struct kvmpv_eoi){ .msr = value };
	if ((value & KVM_PV_EOI_ENABLED) != 0U)
		eoi_find(v);
	return (value & KVM_PV_EOI_ENABLED) == 0U || v->eoi.at != NULL;
}

/* A level has an end that the I/O APIC must see; behind one that waits comes the next. */
void kvmpv_eoi_offer(struct vcpu_arch *v, u32 vector)
{
	const struct vlapic *a = v->apic;
	u8 *word;

	if (a->irr.words != 0U || vlapic_is_level(a, vector))
		return;
	word = eoi_word(v);
	if (word == NULL)
		return;
	__atomic_store_n(word, EOI_OFFERED, __ATOMIC_RELAXED);
	v->eoi.offered = true;
}

/* Where the guest has lost the word meanwhile, it has not ended anything. */
void kvmpv_eoi_collect(struct vcpu_arch *v)
{
	u8 *word = eoi_word(v);

	v->eoi.offered = false;
	if (word != NULL && (__atomic_exchange_n(word, 0U, __ATOMIC_RELAXED) & EOI_OFFERED) == 0U)
		vlapic_end(v->virq, v->virq_id);
}

bool kvmpv_read(const struct vcpu_arch *v, u32 msr, u64 *value)
{
	switch (msr) {
	case KVM_SYSTEM_TIME_NEW:
		*value = v->kvm_time;
		return guest_shows(v, GUEST_KVM);
	case KVM_WALL_CLOCK_NEW:
		*value = v->kvm_wall;
		return guest_shows(v, GUEST_KVM);
	case KVM_PV_EOI_EN:
		*value = v->eoi.msr;
		return guest_shows(v, GUEST_KVM_PV_EOI);
	default:
		return false;
	}
}

/* All are 4-byte aligned. */
bool kvmpv_write(struct vcpu_arch *v, u32 msr, u64 value)
{
	if (!guest_shows(v, GUEST_KVM))
		return false;
	switch (msr) {
	case KVM_SYSTEM_TIME_NEW:
		return (value & 2U) == 0U && time_write(v, value);
	case KVM_WALL_CLOCK_NEW:
		return (value & 3U) == 0U && wall_write(v, value);
	case KVM_PV_EOI_EN:
		return (value & 2U) == 0U && v->virq != NULL && eoi_write(v, value);
	default:
		return false;
	}
}

/* Bit n of the set is APIC id @first + n; there are no more vcpus than bits of a word. */
static u64 send_ipi(struct vcpu_arch *v, const u64 set[2], u64 first, u64 icr)
{
	struct ipi i = ipi_decode((u32)icr, true);
	u64 sent = 0;

	if (v->virq == NULL || (IPI_MODES & BIT(i.mode)) == 0U)
		return (u64)-KVM_ENOSYS;
	if (v->eoi.offered)
		kvmpv_eoi_collect(v);
	i.shorthand = IPI_NOBODY;
	i.logical = false;
	for (u32 id = 0; id < v->virq->s.vcpus; id++) {
		const u64 n = id - first;

		if (id < first || n >= IPI_SET_BITS || (set[n / 64U] & BIT(n % 64U)) == 0U)
			continue;
		i.dest = id;
		if (ipi_send(v->virq, v->virq_id, &i) == TRAP_RESUME)
			sent++;
	}
	/* The guest goes on from here: what it has sent itself is seen at its next exit. */
	if (read_once(v->apic->outstanding) != 0U)
		irq_kick(this_cpu()->id);
	return sent;
}

/* RBX, RCX, RDX, RSI are call[1] to call[4]. Yielding has no effect: every vcpu has its CPU. */
void kvmpv_call(struct vcpu_arch *v, u64 *call)
{
	const u64 set[2] = { call[1], call[2] };

	switch (call[0]) {
	case KVM_HC_SEND_IPI:
		call[0] = send_ipi(v, set, call[3], call[4]);
		break;
	case KVM_HC_SCHED_YIELD:
		call[0] = 0;
		break;
	default:
		call[0] = (u64)-KVM_ENOSYS;
		break;
	}
	call[1] = call[3];
}
