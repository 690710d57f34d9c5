// SPDX-License-Identifier: Apache-2.0
/*
 * Firmware calls of guests, by HVC #0 or SMC #0: the partition's own rules, then the service that
 * has the number, then NOT_SUPPORTED (Arm DEN 0028 F, 5.2).
 */
#include <asm/psci.h>
#include <asm/smccc.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/fw/machine.h>

/* Of the syndrome: the number in the instruction. */
#define HVC_IMM 0xffffU

/* Bits 31:24 of a number without SMCCC_64: a fast call, and who owns it. */
#define OWNER_SHIFT 24U
#define OWNER_ARCH 0x80U
#define OWNER_STANDARD 0x84U
#define OWNER_VENDOR 0x86U

/* 1.2: callers keep nothing but x4 to x17 in mind, and do not hint at SVE. */
#define VERSION_1_2 0x10002LL

static bool machine_has_smc(void)
{
	return machine.power.psci == PSCI_SMC;
}

static enum trap_result smccc_version(struct vcpu_arch *v __unused, u64 *call)
{
	return guest_call_done(call, VERSION_1_2);
}

static enum trap_result smccc_arch_features(struct vcpu_arch *v __unused, u64 *call)
{
	const u32 id = (u32)call[1];

	if (id == SMCCC_VERSION || id == SMCCC_ARCH_FEATURES)
		return guest_call_done(call, SMCCC_SUCCESS);
	return guest_call_done(call, workaround_answer(id));
}

/* Firmware's own work, where it has said that there is some. */
static enum trap_result smccc_workaround(struct vcpu_arch *v __unused, u64 *call)
{
	const u32 id = (u32)call[0];
	const s64 answer = workaround_answer(id);

	if (answer < 0)
		return guest_call_done(call, SMCCC_NOT_SUPPORTED);
	if (answer == SMCCC_SUCCESS)
		(void)psci_call(id, (u32)call[1], 0, 0);
	return guest_call_done(call, SMCCC_SUCCESS);
}

/* 9b2a7e61-5f0c-4d38-a1c4-6e75b1d03f92, as 8.2 puts a UUID into four registers. */
static enum trap_result vendor_uid(struct vcpu_arch *v __unused, u64 *call)
{
	call[0] = 0x617e2a9bU;
	call[1] = 0x384d0c5fU;
	call[2] = 0x756ec4a1U;
	call[3] = 0x923fd0b1U;
	return TRAP_RESUME;
}

/* Of UCALL: major, minor. */
static enum trap_result vendor_revision(struct vcpu_arch *v __unused, u64 *call)
{
	call[1] = 0;
	return guest_call_done(call, 1);
}

static const struct guest_call arch_calls[] = {
	GUEST_CALL_FAST32(smccc_version),
	GUEST_CALL_FAST32(smccc_arch_features),
};

static const struct guest_call workaround_call = GUEST_CALL_FAST32(smccc_workaround);

#define VENDOR_UID 0x8600ff01U
static const struct guest_call vendor_calls[] = {
	GUEST_CALL_FAST32(vendor_uid),
	{ { NULL, NULL }, { NULL, NULL } },
	GUEST_CALL_FAST32(vendor_revision),
};

static const struct guest_call *arch_find(u32 id)
{
	if (id - SMCCC_VERSION < ARRAY_SIZE(arch_calls))
		return &arch_calls[id - SMCCC_VERSION];
	return workaround_known(id) ? &workaround_call : NULL;
}

/* @n: the number without SMCCC_64. */
static const struct guest_call *standard_find(u32 n)
{
	if (n - PSCI_BASE < PSCI_CALLS)
		return &psci_calls[n - PSCI_BASE];
	return n - TRNG_BASE < TRNG_CALLS ? &trng_calls[n - TRNG_BASE] : NULL;
}

static const struct guest_call *vendor_find(u32 n)
{
	return n - VENDOR_UID < ARRAY_SIZE(vendor_calls) ? &vendor_calls[n - VENDOR_UID] : NULL;
}

/* The row that answers @id, by who owns the number (6.1); NULL: none. */
static const struct guest_call *find(u32 id)
{
	const u32 n = id & ~(u32)SMCCC_64;
	const struct guest_call *c = NULL;

	switch (n >> OWNER_SHIFT) {
	case OWNER_ARCH:
		c = arch_find(n);
		break;
	case OWNER_STANDARD:
		c = standard_find(n);
		break;
	case OWNER_VENDOR:
		c = vendor_find(n);
		break;
	default:
		break;
	}
	return c != NULL && guest_call_answers(c, id) ? c : NULL;
}

static enum trap_result pass_on(u64 *call)
{
	if (!machine_has_smc())
		return guest_call_done(call, SMCCC_NOT_SUPPORTED);
	smc_call(call);
	return TRAP_RESUME;
}

/* What the partition's rules say; TRAP_RETRY: nothing. */
static enum trap_result filter(const struct firmware_filter *f, u64 *call)
{
	const u32 id = (u32)call[0];

	for (u32 i = 0; i < f->count; i++) {
		if (id < f->rule[i].first || id > f->rule[i].last)
			continue;
		if (f->rule[i].action == FIRMWARE_PASS)
			return pass_on(call);
		return guest_call_done(call, SMCCC_NOT_SUPPORTED);
	}
	return TRAP_RETRY;
}

static enum trap_result dispatch(struct vcpu_arch *v, u64 *call, bool full)
{
	const u32 id = (u32)call[0];
	const u32 form = guest_call_form(id);
	const struct guest_call *c;

	if (v->filter != NULL && filter(v->filter, call) == TRAP_RESUME)
		return TRAP_RESUME;
	c = find(id);
	if (c == NULL)
		return guest_call_done(call, SMCCC_NOT_SUPPORTED);
	if (c->fast[form] != NULL)
		return c->fast[form](v, call);
	return full ? c->full[form](v, call) : TRAP_RETRY;
}

/* Where nothing has to be asked first: the calls that are made most. */
enum trap_result firmware_guest_call(struct vcpu_arch *v, u64 *call)
{
	const u32 id = (u32)call[0];
	const u32 n = (id & ~(u32)SMCCC_64) - PSCI_BASE;

	if (n < PSCI_CALLS && v->filter == NULL) {
		const guest_call_fn fast = psci_calls[n].fast[guest_call_form(id)];

		if (fast != NULL)
			return fast(v, call);
	}
	return dispatch(v, call, false);
}

/* HVC with another number in it is nobody's; of SMC the number is reserved, and ignored. */
enum trap_result firmware_guest_exit(struct vcpu_arch *v, struct exit *e)
{
	const struct fault undefined = { .kind = FAULT_UNDEFINED };

	if (e->class == EXIT_HYPERCALL && (e->syndrome & HVC_IMM) != 0U) {
		vcpu_inject(v, &undefined);
		return TRAP_INJECT;
	}
	return dispatch(v, v->x, true);
}

void firmware_filter_set(struct vcpu_arch *v, const struct firmware_filter *f)
{
	v->filter = f;
}
