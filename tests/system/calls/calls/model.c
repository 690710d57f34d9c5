// SPDX-License-Identifier: Apache-2.0
/*
 * What each call answers, from the specifications (Arm DEN 0022, 0028, 0098; abi/ucall.h), and
 * calls at random that must answer so. Calls that would end or change something are left out.
 */
#include <abi/ucall.h>

#include "calls.h"

#define SMC64 (1U << 30)
#define PSCI 0x84000000U
#define TRNG 0x84000050U
#define NOT_SUPPORTED (-1LL)
#define INVALID_PARAMETERS (-2LL)
#define NO_ENTROPY (-3LL)
#define ALREADY_ON (-4LL)
#define INVALID_ADDRESS (-9LL)
#define CPUS 3U
#define RAM 0x40000000U
#define RAM_SIZE 0x400000U
#define POWER_DOWN (1ULL << 16)

/* Forms that there are, by number: 1: 32 bits, 2: 64 bits. */
static const u8 psci_forms[] = { 1, 3, 1, 3, 3, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3 };
static const u8 trng_forms[] = { 1, 1, 1, 3 };

static const u32 workarounds[] = { 0x80008000U, 0x80007fffU, 0x80003fffU };
static s64 workaround_answer[ARRAY_SIZE(workarounds)]; /* of ARCH_FEATURES */
static u32 bells[3], managed;                          /* handles */

struct call {
	bool smc;
	u32 id;
	u64 x[4];      /* as it is made */
	u64 result[4]; /* as it must answer */
	u32 exact;     /* so many of them */
	bool skip;     /* it would change something */
};

s64 calls_make(bool smc, u64 x[4])
{
	u64 all[18] = { x[0], x[1], x[2], x[3] };

	for (u32 i = 4; i < ARRAY_SIZE(all); i++)
		all[i] = 0x5a5a0000U + i;
	guest_call(all, smc);
	for (u32 i = 4; i < ARRAY_SIZE(all); i++)
		guest_check(all[i] == 0x5a5a0000U + i);
	for (u32 i = 0; i < 4U; i++)
		x[i] = all[i];
	return (s64)x[0];
}

static bool has_form(const u8 *forms, u32 count, u32 n, u32 id)
{
	return n < count && (forms[n] & ((id & SMC64) != 0U ? 2U : 1U)) != 0U;
}

static void answer(struct call *c, s64 x0)
{
	c->result[0] = (u64)x0;
	c->exact = 1;
}

static u64 arg(const struct call *c, u32 n)
{
	return (c->id & SMC64) != 0U ? c->x[n] : (u32)c->x[n];
}

static bool executable(u64 at)
{
	return (at & 3U) == 0U && at - RAM < RAM_SIZE;
}

static void cpu_on(struct call *c)
{
	const u64 target = arg(c, 1);

	if (target >= CPUS)
		answer(c, INVALID_PARAMETERS);
	else if (!executable(arg(c, 2)))
		answer(c, INVALID_ADDRESS);
	else if (target == 0U)
		answer(c, ALREADY_ON);
	else
		c->skip = true;
}

static void cpu_suspend(struct call *c)
{
	const u64 state = arg(c, 1);

	if ((state & ~POWER_DOWN) != 0U)
		answer(c, INVALID_PARAMETERS);
	else
		answer(c, state == 0U || executable(arg(c, 2)) ? 0 : INVALID_ADDRESS);
}

static s64 affinity_info(const struct call *c)
{
	if (arg(c, 1) >= CPUS || arg(c, 2) != 0U)
		return INVALID_PARAMETERS;
	return arg(c, 1) == 0U ? 0 : 1;
}

static s64 psci_features(u32 id)
{
	if (id == 0x80000000U)
		return 0;
	return has_form(psci_forms, ARRAY_SIZE(psci_forms), (id & ~SMC64) - PSCI, id)
		       ? 0
		       : NOT_SUPPORTED;
}

static void psci(struct call *c, u32 n)
{
	switch (n) {
	case 0x0:
		answer(c, 0x10001);
		break;
	case 0x1:
		cpu_suspend(c);
		break;
	case 0x3:
		cpu_on(c);
		break;
	case 0x4:
		answer(c, affinity_info(c));
		break;
	case 0x6:
		answer(c, 2);
		break;
	case 0xa:
		answer(c, psci_features((u32)c->x[1]));
		break;
	case 0x12:
		answer(c, INVALID_PARAMETERS);
		c->skip = (u32)c->x[1] == 0U;
		break;
	default:
		c->skip = true;
		break;
	}
}

/* The bits above those that were asked for are zero; where there is no source, that is said. */
static void trng_rnd(struct call *c)
{
	const u32 width = (c->id & SMC64) != 0U ? 64U : 32U;
	const u64 asked = arg(c, 1);

	if (asked == 0U || asked > 3U * width)
		answer(c, INVALID_PARAMETERS);
	else
		c->exact = 0;
}

bool calls_entropy(void)
{
	u64 isar0;

	__asm__ volatile("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	return isar0 >> 60 != 0U;
}

static void trng(struct call *c, u32 n)
{
	static const u64 uuid[] = { 0x940d6c1fU, 0x5a4eb783U, 0xf4c7209dU, 0x6ba38e51U };
	const u32 asked = (u32)c->x[1];

	switch (n) {
	case 0:
		answer(c, calls_entropy() ? 0x10000 : NOT_SUPPORTED);
		break;
	case 1:
		answer(c,
		       has_form(trng_forms, ARRAY_SIZE(trng_forms), (asked & ~SMC64) - TRNG, asked)
			       ? 0
			       : NOT_SUPPORTED);
		break;
	case 2:
		for (u32 i = 0; i < ARRAY_SIZE(uuid); i++)
			c->result[i] = uuid[i];
		c->exact = 4;
		break;
	default:
		trng_rnd(c);
		break;
	}
}

static u32 workaround_find(u32 id)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(workarounds) && workarounds[i] != id)
		i++;
	return i;
}

static void arch(struct call *c)
{
	const u32 own = workaround_find(c->id);
	const u32 asked = workaround_find((u32)c->x[1]);

	if (c->id == 0x80000000U)
		answer(c, 0x10002);
	else if (c->id == 0x80000001U && asked < ARRAY_SIZE(workarounds))
		answer(c, workaround_answer[asked]);
	else if (c->id == 0x80000001U)
		answer(c, (u32)c->x[1] <= 0x80000001U && (c->x[1] >> 31 & 1U) != 0U
				  ? 0
				  : NOT_SUPPORTED);
	else if (own < ARRAY_SIZE(workarounds) && workaround_answer[own] >= 0)
		answer(c, 0);
}

static void vendor(struct call *c)
{
	static const u64 uid[] = { 0x617e2a9bU, 0x384d0c5fU, 0x756ec4a1U, 0x923fd0b1U };

	if (c->id == 0x8600ff01U) {
		for (u32 i = 0; i < ARRAY_SIZE(uid); i++)
			c->result[i] = uid[i];
		c->exact = 4;
	} else if (c->id == 0x8600ff03U) {
		answer(c, 1);
		c->result[1] = 0;
		c->exact = 2;
	}
}

static bool is_bell(u64 handle)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(bells) && bells[i] != handle)
		i++;
	return i < ARRAY_SIZE(bells);
}

/* Of what is allowed to us with a good handle the other parts of this guest make use. */
static void ucall(struct call *c, u32 op)
{
	const bool wishes = (op >= UCALL_OP_START && op <= UCALL_OP_READ_LOG) ||
			    op == UCALL_OP_HEALTH;

	if (op == UCALL_OP_FEATURES) {
		answer(c, UCALL_OK);
	} else if (op == UCALL_OP_BELL || wishes) {
		answer(c, UCALL_EINVAL);
		c->skip = wishes ? c->x[1] == managed : is_bell(c->x[1]);
	} else {
		answer(c, UCALL_ENOSYS);
		c->skip = op == UCALL_OP_ALIVE;
	}
}

static void expect(struct call *c)
{
	const u32 n = c->id & ~SMC64;

	answer(c, NOT_SUPPORTED);
	if (!c->smc && c->id - UCALL_BASE < UCALL_OPS)
		ucall(c, c->id - UCALL_BASE);
	else if (has_form(psci_forms, ARRAY_SIZE(psci_forms), n - PSCI, c->id))
		psci(c, n - PSCI);
	else if (has_form(trng_forms, ARRAY_SIZE(trng_forms), n - TRNG, c->id))
		trng(c, n - TRNG);
	else if (c->id >> 24 == 0x80U)
		arch(c);
	else if (c->id >> 24 == 0x86U)
		vendor(c);
}

/* What is not exact: random numbers that are as short as they were asked for, or none. */
static bool random_number(const struct call *c, const u64 got[4])
{
	const u32 width = (c->id & SMC64) != 0U ? 64U : 32U;
	u64 left = arg(c, 1);

	if (got[0] != 0U)
		return (s64)got[0] == NO_ENTROPY;
	for (u32 i = 3; i > 0U; i--) {
		const u64 take = left < width ? left : width;

		if (take < 64U && got[i] >> take != 0U)
			return false;
		left -= take;
	}
	return true;
}

static void compare(const struct call *c, const u64 got[4])
{
	bool right = c->exact != 0U || random_number(c, got);

	for (u32 i = 0; i < c->exact; i++)
		right = right && got[i] == c->result[i];
	if (right)
		return;
	guest_printf("calls: %s 0x%llx (0x%llx, 0x%llx, 0x%llx): 0x%llx, expected 0x%llx\n",
		     c->smc ? "smc" : "hvc", (unsigned long long)c->x[0],
		     (unsigned long long)c->x[1], (unsigned long long)c->x[2],
		     (unsigned long long)c->x[3], (unsigned long long)got[0],
		     (unsigned long long)c->result[0]);
	guest_exit(1);
}

static u64 random_state = 0x9e3779b97f4a7c15;

/* xorshift64 (Marsaglia 2003). */
static u64 random(u64 below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* A number of its structure: who owns it, its form, and mostly one of the few that there are. */
static u32 any_id(void)
{
	static const u32 starts[] = { 0x80000000U, 0x80003ff0U, 0x80007ff0U, PSCI,
				      TRNG,        0x8600ff00U, UCALL_BASE,  0x84000000U };

	if (random(16) == 0U)
		return (u32)random(1ULL << 32);
	return (starts[random(ARRAY_SIZE(starts))] + (u32)random(0x20)) ^
	       (random(4) == 0U ? SMC64 : 0U) ^ (random(16) == 0U ? 1U << 31 : 0U);
}

static u64 any_argument(void)
{
	static const u64 values[] = { 0,           1,          2,          3,          4,
				      0xf,         0x10,       0x20,       0x40,       0x60,
				      0x61,        0x80,       0xc0,       0xc1,       0x100,
				      0x40000000,  0x40000001, 0x40000002, 0x40001000, 0x403ffffc,
				      0x40400000,  0x60000000, 1ULL << 16, 1ULL << 31, 1ULL << 32,
				      1ULL << 40,  1ULL << 63, ~0ULL,      0xffffffff, 0x80008000,
				      0x80003fff,  0x80007fff, 0x80000000, 0x80000001, 0x100000000,
				      0x100000001, 0x08000000, 0x09000000 };

	if (random(8) == 0U)
		return any_id();
	return values[random(ARRAY_SIZE(values))];
}

static void handles_find(void)
{
	u32 length;

	for (u32 i = 0; i < ARRAY_SIZE(bells); i++)
		bells[i] = guest_be32(guest_property(guest_node("bulkhead,channel", i),
						     "bulkhead,bell", &length),
				      0);
	managed = guest_be32(
		guest_property(guest_node("bulkhead,partition", 0), "bulkhead,handle", &length), 0);
	for (u32 i = 0; i < ARRAY_SIZE(workarounds); i++) {
		u64 x[4] = { 0x80000001U, workarounds[i], 0, 0 };

		workaround_answer[i] = calls_make(false, x);
		guest_check(workaround_answer[i] >= NOT_SUPPORTED && workaround_answer[i] <= 1);
	}
}

void calls_random(u32 count)
{
	u32 made = 0;

	handles_find();
	for (u32 i = 0; i < count; i++) {
		struct call c = { .smc = random(2) != 0U, .id = any_id() };
		u64 x[4];

		/* Bits 63:32 of a number are not looked at. */
		c.x[0] = c.id | (random(4) == 0U ? random(1ULL << 32) << 32 : 0U);
		for (u32 k = 1; k < 4U; k++)
			c.x[k] = any_argument();
		expect(&c);
		if (c.skip)
			continue;
		for (u32 k = 0; k < 4U; k++)
			x[k] = c.x[k];
		(void)calls_make(c.smc, x);
		compare(&c, x);
		made++;
	}
	guest_check(made > count / 2U);
	guest_printf("calls: %u of %u random ones, each as the model says\n", made, count);
}
