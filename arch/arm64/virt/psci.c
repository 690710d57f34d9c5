// SPDX-License-Identifier: Apache-2.0
/* PSCI 1.1 (Arm DEN 0022) as guests see it: core knows which vcpus run, this what words mean. */
#include <asm/psci.h>
#include <asm/smccc.h>
#include <asm/vplat.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/s2.h>

#define PSCI_1_1 0x10001LL

#define PSCI_SUCCESS 0LL
#define PSCI_NOT_SUPPORTED (-1LL)
#define PSCI_INVALID_PARAMETERS (-2LL)
#define PSCI_ALREADY_ON (-4LL)
#define PSCI_ON_PENDING (-5LL)
#define PSCI_INTERNAL_FAILURE (-6LL)
#define PSCI_INVALID_ADDRESS (-9LL)

/* AFFINITY_INFO */
#define AFFINITY_ON 0LL
#define AFFINITY_OFF 1LL
#define AFFINITY_ON_PENDING 2LL

/* MIGRATE_INFO_TYPE: no trusted OS that would have to be moved. */
#define MIGRATE_NOT_NEEDED 2LL

/* CPU_SUSPEND's power_state in its original form. */
#define POWER_STATE_DOWN BIT(16)
#define POWER_STATE_KNOWN ((u64)POWER_STATE_DOWN)

#define INSN_ALIGN 3U
#define MPIDR_AFF1 BITS(15, 8)
#define MPIDR_AFF0_USED BITS(VPLAT_AFF0_BITS - 1, 0)
#define NOBODY (~0U)

/* Number of the vcpu that @target names by vplat_affinity(), or NOBODY. */
static u32 vcpu_of(u64 target)
{
	if (target <= MPIDR_AFF0_USED)
		return (u32)target;
	if ((target & ~(u64)(MPIDR_AFF1 | MPIDR_AFF0_USED)) != 0U)
		return NOBODY;
	return (u32)(target >> (8U - VPLAT_AFF0_BITS)) | (u32)(target & MPIDR_AFF0_USED);
}

/* Is something mapped there that a vcpu could execute? */
static bool entry_valid(struct vcpu_arch *v, u64 entry)
{
	struct pt_leaf leaf;

	if ((entry & INSN_ALIGN) != 0U || s2_query(v->s2, GPA(entry), &leaf) != BH_OK)
		return false;
	return (leaf.attr & PT_X) != 0U;
}

static enum trap_result psci_version(struct vcpu_arch *v __unused, u64 *call)
{
	return guest_call_done(call, PSCI_1_1);
}

/* A state with context lost may be answered by one that keeps it (5.4.1): all of them wait. */
static enum trap_result psci_cpu_suspend(struct vcpu_arch *v, u64 *call)
{
	const u64 state = guest_call_arg(call, 1);
	enum trap_result result;

	if ((state & ~POWER_STATE_KNOWN) != 0U)
		return guest_call_done(call, PSCI_INVALID_PARAMETERS);
	if ((state & POWER_STATE_DOWN) != 0U && !entry_valid(v, guest_call_arg(call, 2)))
		return guest_call_done(call, PSCI_INVALID_ADDRESS);
	result = upcall_vcpu_wait(v);
	if (result == TRAP_RESUME)
		call[0] = (u64)PSCI_SUCCESS;
	return result;
}

static enum trap_result psci_cpu_off(struct vcpu_arch *v, u64 *call __unused)
{
	return upcall_vcpu_off(v);
}

static s64 cpu_on_result(int err)
{
	switch (err) {
	case BH_OK:
		return PSCI_SUCCESS;
	case BH_ENOENT:
		return PSCI_INVALID_PARAMETERS;
	case BH_EBUSY:
		return PSCI_ALREADY_ON;
	case BH_EAGAIN:
		return PSCI_ON_PENDING;
	default:
		return PSCI_INTERNAL_FAILURE;
	}
}

static enum trap_result psci_cpu_on(struct vcpu_arch *v, u64 *call)
{
	const u32 id = vcpu_of(guest_call_arg(call, 1));
	const struct vcpu_start start = {
		.pc = GPA(guest_call_arg(call, 2)),
		.arg = guest_call_arg(call, 3),
		.id = id,
	};

	if (id >= v->peers->count)
		return guest_call_done(call, PSCI_INVALID_PARAMETERS);
	if (!entry_valid(v, start.pc.v))
		return guest_call_done(call, PSCI_INVALID_ADDRESS);
	return guest_call_done(call, cpu_on_result(upcall_vcpu_on(v, id, &start)));
}

/* Levels above the CPU's own are optional from 1.0 on. */
static inline enum trap_result affinity_info(const struct vcpu_arch *v, u64 *call, u64 target,
					     u64 level)
{
	static const s64 answer[] = {
		[VCPU_OFF] = AFFINITY_OFF,
		[VCPU_ON] = AFFINITY_ON,
		[VCPU_ON_PENDING] = AFFINITY_ON_PENDING,
	};
	const struct vcpu_peers *p = v->peers;
	const u32 id = vcpu_of(target);

	if (level != 0U || id >= p->count)
		return guest_call_done(call, PSCI_INVALID_PARAMETERS);
	return guest_call_done(call, answer[load_acquire(p->power[id])]);
}

/* Guests poll it: each form by itself, which asks for no width. */
static enum trap_result psci_affinity_info32(struct vcpu_arch *v, u64 *call)
{
	return affinity_info(v, call, (u32)call[1], (u32)call[2]);
}

static enum trap_result psci_affinity_info64(struct vcpu_arch *v, u64 *call)
{
	return affinity_info(v, call, call[1], call[2]);
}

static enum trap_result psci_migrate_info_type(struct vcpu_arch *v __unused, u64 *call)
{
	return guest_call_done(call, MIGRATE_NOT_NEEDED);
}

static enum trap_result psci_system_off(struct vcpu_arch *v, u64 *call __unused)
{
	return upcall_guest_power(v, GUEST_OFF);
}

static enum trap_result psci_system_reset(struct vcpu_arch *v, u64 *call __unused)
{
	return upcall_guest_power(v, GUEST_RESET);
}

static enum trap_result psci_system_reset2(struct vcpu_arch *v, u64 *call)
{
	if ((u32)call[1] != PSCI_RESET2_WARM)
		return guest_call_done(call, PSCI_INVALID_PARAMETERS);
	return upcall_guest_power(v, GUEST_RESET_WARM);
}

/* Of CPU_SUSPEND too: no flag is set, power_state has its original form. */
static enum trap_result psci_features(struct vcpu_arch *v __unused, u64 *call)
{
	const u32 id = (u32)call[1];
	const u32 n = (id & ~(u32)SMCCC_64) - PSCI_BASE;
	const bool known = (n < PSCI_CALLS && guest_call_answers(&psci_calls[n], id)) ||
			   id == SMCCC_VERSION;

	return guest_call_done(call, known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

const struct guest_call psci_calls[PSCI_CALLS] = {
	[0x00] = GUEST_CALL_FAST32(psci_version),
	[0x01] = GUEST_CALL_FULL(psci_cpu_suspend),
	[0x02] = GUEST_CALL_FULL32(psci_cpu_off),
	[0x03] = GUEST_CALL_FAST(psci_cpu_on),
	[0x04] = { .fast = { psci_affinity_info32, psci_affinity_info64 } },
	[0x06] = GUEST_CALL_FAST32(psci_migrate_info_type),
	[0x08] = GUEST_CALL_FULL32(psci_system_off),
	[0x09] = GUEST_CALL_FULL32(psci_system_reset),
	[0x0a] = GUEST_CALL_FAST32(psci_features),
	[0x12] = GUEST_CALL_FULL(psci_system_reset2),
};
