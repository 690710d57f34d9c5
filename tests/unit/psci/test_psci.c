// SPDX-License-Identifier: Apache-2.0
/* Firmware calls of guests, with core and the machine's firmware played by the test. */
#include <asm/psci.h>
#include <asm/smccc.h>
#include <asm/vplat.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/s2.h>
#include <rnd.h>
#include <unit.h>

#define VCPUS 20U
#define CODE 0x40000000ULL /* to CODE_END it can be executed */
#define CODE_END 0x40200000ULL
#define ALL_ONES (~0ULL)

#define NOT_SUPPORTED (-1LL)
#define INVALID_PARAMETERS (-2LL)
#define ALREADY_ON (-4LL)
#define ON_PENDING (-5LL)
#define INVALID_ADDRESS (-9LL)
#define NO_ENTROPY (-3LL)

#define PSCI32(n) (0x84000000U + (n))
#define PSCI64(n) (0xc4000000U + (n))

struct machine machine;

static struct vcpu_arch vcpu;
static struct s2 s2;
static u32 power[VCPUS];
static struct vcpu_peers peers = { .count = VCPUS };
static struct vcpu_start started;
static u32 starts, offs, waits, smcs, injected;
static int power_asked;
static enum trap_result wait_answer;
static s64 workaround;

int upcall_vcpu_on(struct vcpu_arch *v, u32 id, const struct vcpu_start *start)
{
	assert_ptr_equal(v, &vcpu);
	assert_true(id < VCPUS);
	if (power[id] != VCPU_OFF)
		return power[id] == VCPU_ON ? BH_EBUSY : BH_EAGAIN;
	power[id] = VCPU_ON_PENDING;
	started = *start;
	starts++;
	return 0;
}

enum trap_result upcall_vcpu_off(struct vcpu_arch *v)
{
	assert_ptr_equal(v, &vcpu);
	offs++;
	return TRAP_PARK;
}

enum trap_result upcall_vcpu_wait(struct vcpu_arch *v)
{
	assert_ptr_equal(v, &vcpu);
	waits++;
	return wait_answer;
}

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what)
{
	assert_ptr_equal(v, &vcpu);
	power_asked = (int)what;
	return TRAP_PARK;
}

int s2_query(struct s2 *s, gpa_t gpa, struct pt_leaf *out)
{
	assert_ptr_equal(s, &s2);
	if (gpa.v >= CODE_END + PAGE_SIZE || gpa.v < CODE)
		return BH_ENOENT;
	*out = (struct pt_leaf){ .attr = gpa.v < CODE_END ? PT_R | PT_W | PT_X : PT_R | PT_W };
	return 0;
}

void vcpu_inject(struct vcpu_arch *v, const struct fault *fault)
{
	assert_ptr_equal(v, &vcpu);
	assert_int_equal(fault->kind, FAULT_UNDEFINED);
	injected++;
}

void smc_call(u64 x[7])
{
	smcs++;
	for (u32 i = 0; i < 4U; i++)
		x[i] += 0x100U;
}

s64 psci_call(u32 function, u64 a, u64 b, u64 c)
{
	(void)a;
	(void)b;
	(void)c;
	assert_int_equal(function, 0x80008000U);
	smcs++;
	return 0;
}

bool workaround_known(u32 id)
{
	return id == 0x80008000U;
}

s64 workaround_answer(u32 id)
{
	return id == 0x80008000U ? workaround : NOT_SUPPORTED;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	vcpu = (struct vcpu_arch){ .s2 = &s2, .peers = &peers };
	for (u32 i = 0; i < VCPUS; i++) {
		power[i] = i == 0U ? VCPU_ON : VCPU_OFF;
		peers.power[i] = &power[i];
	}
	starts = offs = waits = smcs = injected = 0;
	power_asked = -1;
	wait_answer = TRAP_RESUME;
	workaround = NOT_SUPPORTED;
	machine.power.psci = PSCI_SMC;
	return 0;
}

/* As a guest makes the call: by HVC, and where that puts it off, from the full frame. */
static enum trap_result call(u64 id, u64 a, u64 b, u64 c)
{
	struct exit e = { .class = EXIT_HYPERCALL, .length = 4 };
	enum trap_result r;

	for (u32 i = 0; i < 31U; i++)
		vcpu.x[i] = 0x1000U + i;
	vcpu.x[0] = id;
	vcpu.x[1] = a;
	vcpu.x[2] = b;
	vcpu.x[3] = c;
	r = firmware_guest_call(&vcpu, vcpu.x);
	if (r == TRAP_RETRY) {
		assert_true(vcpu.x[0] == id && vcpu.x[1] == a);
		r = firmware_guest_exit(&vcpu, &e);
	}
	for (u32 i = 4; i < 31U; i++)
		assert_int_equal(vcpu.x[i], 0x1000U + i);
	return r;
}

static s64 result(u64 id, u64 a, u64 b, u64 c)
{
	assert_int_equal(call(id, a, b, c), TRAP_RESUME);
	return (s64)vcpu.x[0];
}

TEST(version_is_1_1_and_migration_is_not_needed)
{
	assert_int_equal(result(PSCI32(0), 0, 0, 0), 0x10001);
	assert_int_equal(result(PSCI32(6), 0, 0, 0), 2);
	assert_int_equal(result(PSCI32(5), 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(PSCI32(7), 0, 0, 0), NOT_SUPPORTED);
}

TEST(numbers_have_the_width_the_table_gives_them)
{
	static const struct {
		u32 n;
		bool has32, has64;
	} row[] = {
		{ 0, true, false },     { 1, true, true },      { 2, true, false },
		{ 3, true, true },      { 4, true, true },      { 5, false, false },
		{ 6, true, false },     { 7, false, false },    { 8, true, false },
		{ 9, true, false },     { 0xa, true, false },   { 0xb, false, false },
		{ 0xe, false, false },  { 0x11, false, false }, { 0x12, true, true },
		{ 0x13, false, false }, { 0x1f, false, false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(row); i++) {
		assert_int_equal(result(PSCI32(0xa), PSCI32(row[i].n), 0, 0),
				 row[i].has32 ? 0 : NOT_SUPPORTED);
		assert_int_equal(result(PSCI32(0xa), PSCI64(row[i].n), 0, 0),
				 row[i].has64 ? 0 : NOT_SUPPORTED);
	}
	assert_int_equal(result(PSCI32(0xa), 0x80000000U, 0, 0), 0);
	assert_int_equal(result(PSCI32(0xa), 0x80000001U, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(PSCI32(0xa), 0x84000050U, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(PSCI64(0), 0, 0, 0), NOT_SUPPORTED);
}

TEST(a_vcpu_is_started_once)
{
	assert_int_equal(result(PSCI64(3), 1, CODE + 0x40U, 0x123456789abcdef0), 0);
	assert_true(started.pc.v == CODE + 0x40U && started.arg == 0x123456789abcdef0);
	assert_int_equal(started.id, 1);
	assert_int_equal(result(PSCI64(3), 1, CODE, 0), ON_PENDING);
	assert_int_equal(result(PSCI64(4), 1, 0, 0), 2);
	power[1] = VCPU_ON;
	assert_int_equal(result(PSCI64(3), 1, CODE, 0), ALREADY_ON);
	assert_int_equal(result(PSCI64(4), 1, 0, 0), 0);
	assert_int_equal(result(PSCI64(3), 0, CODE, 0), ALREADY_ON);
	power[1] = VCPU_OFF;
	assert_int_equal(result(PSCI64(4), 1, 0, 0), 1);
	assert_int_equal(starts, 1);
}

TEST(a_call_of_32_bits_has_arguments_of_32_bits)
{
	assert_int_equal(result(PSCI32(3), 0xf00000001, CODE | BIT(40), 0x900000007), 0);
	assert_true(started.pc.v == CODE && started.arg == 7U && started.id == 1U);
	assert_int_equal(result(PSCI32(4), 0xf00000001, BIT(32), 0), 2);
	assert_int_equal(result(PSCI64(4), 0xf00000001, 0, 0), INVALID_PARAMETERS);
}

TEST(a_vcpu_is_named_by_its_affinity)
{
	static const u64 wrong[] = { 0x14,    0x10,    0x104, 0x10000,  BIT(24),     BIT(31),
				     BIT(32), BIT(40), 0x200, ALL_ONES, 0xff00ffffff };

	for (u32 id = 1; id < VCPUS; id++) {
		assert_int_equal(result(PSCI64(3), vplat_affinity(id), CODE, 0), 0);
		assert_int_equal(started.id, id);
	}
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(result(PSCI64(3), wrong[i], CODE, 0), INVALID_PARAMETERS);
		assert_int_equal(result(PSCI64(4), wrong[i], 0, 0), INVALID_PARAMETERS);
	}
	assert_int_equal(result(PSCI64(4), 0, 1, 0), INVALID_PARAMETERS);
}

TEST(nobody_is_started_where_nothing_can_be_executed)
{
	static const u64 wrong[] = { 0,         CODE - 4U, CODE + 1U,
				     CODE + 2U, CODE_END,  CODE_END + PAGE_SIZE,
				     ALL_ONES,  BIT(48) };

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(result(PSCI64(3), 1, wrong[i], 0), INVALID_ADDRESS);
	assert_int_equal(starts, 0);
	assert_int_equal(result(PSCI64(3), 99, 0, 0), INVALID_PARAMETERS);
}

TEST(suspending_waits_and_says_so_only_when_it_is_over)
{
	assert_int_equal(result(PSCI64(1), 0, 0, 0), 0);
	assert_int_equal(result(PSCI32(1), BIT(16), CODE, 0), 0);
	assert_int_equal(waits, 2);
	assert_int_equal(result(PSCI64(1), BIT(16), CODE_END, 0), INVALID_ADDRESS);
	assert_int_equal(result(PSCI64(1), 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(PSCI64(1), BIT(24), 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(PSCI64(1), BIT(32), 0, 0), INVALID_PARAMETERS);
	assert_int_equal(waits, 2);
	wait_answer = TRAP_PARK;
	assert_int_equal(call(PSCI64(1), 0, 0, 0), TRAP_PARK);
	assert_true(vcpu.x[0] == PSCI64(1));
}

TEST(off_and_reset_are_handed_to_core)
{
	assert_int_equal(call(PSCI32(2), 0, 0, 0), TRAP_PARK);
	assert_int_equal(offs, 1);
	assert_int_equal(call(PSCI32(8), 0, 0, 0), TRAP_PARK);
	assert_int_equal(power_asked, GUEST_OFF);
	assert_int_equal(call(PSCI32(9), 0, 0, 0), TRAP_PARK);
	assert_int_equal(power_asked, GUEST_RESET);
	assert_int_equal(call(PSCI32(0x12), 0, 0, 0), TRAP_PARK);
	assert_int_equal(power_asked, GUEST_RESET_WARM);
	power_asked = -1;
	assert_int_equal(call(PSCI64(0x12), 0, 0, 0), TRAP_PARK);
	assert_int_equal(power_asked, GUEST_RESET_WARM);
	power_asked = -1;
	assert_int_equal(result(PSCI64(0x12), 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(PSCI64(0x12), 0x80000000U, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(power_asked, -1);
}

TEST(an_unknown_number_is_not_supported_and_changes_nothing_else)
{
	static const u64 unknown[] = { 0,           1,           0x4d2,       0x80000002U,
				       0x80007fffU, 0x84000013U, 0x84000020U, 0x8400004fU,
				       0x84000054U, 0xc4000050U, 0x83000000U, 0xc2000001U,
				       0x04000000U, 0x86000000U, 0x8600ff02U, 0x8600ff04U,
				       0xc600ff01U, 0xffffffffU };

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		assert_int_equal(result(unknown[i], 5, 6, 7), NOT_SUPPORTED);
		assert_true(vcpu.x[1] == 5U && vcpu.x[2] == 6U && vcpu.x[3] == 7U);
	}
	assert_int_equal(result(0xf84000000, 0, 0, 0), 0x10001);
}

TEST(discovery_names_version_and_hypervisor)
{
	assert_int_equal(result(0x80000000U, 0, 0, 0), 0x10002);
	assert_int_equal(result(0x80000001U, 0x80000000U, 0, 0), 0);
	assert_int_equal(result(0x80000001U, 0x80000001U, 0, 0), 0);
	assert_int_equal(result(0x80000001U, 0x80000002U, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(0xc0000000U, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(0x8600ff01U, 0, 0, 0), 0x617e2a9b);
	assert_int_equal(result(0x8600ff03U, 0, 0, 0), 1);
}

TEST(a_workaround_is_as_firmware_says)
{
	assert_int_equal(result(0x80000001U, 0x80008000U, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(0x80008000U, 0, 0, 0), NOT_SUPPORTED);
	workaround = 1;
	assert_int_equal(result(0x80000001U, 0x80008000U, 0, 0), 1);
	assert_int_equal(result(0x80008000U, 0, 0, 0), 0);
	assert_int_equal(smcs, 0);
	workaround = 0;
	assert_int_equal(result(0x80008000U, 0, 0, 0), 0);
	assert_int_equal(smcs, 1);
}

TEST(random_numbers_come_as_many_bits_as_asked)
{
	assert_int_equal(result(0x84000050U, 0, 0, 0), 0x10000);
	assert_int_equal(result(0x84000051U, 0xc4000053U, 0, 0), 0);
	assert_int_equal(result(0x84000051U, 0xc4000050U, 0, 0), NOT_SUPPORTED);
	assert_int_equal(result(0x84000052U, 0, 0, 0), 0x940d6c1f);
	for (u64 bits = 1; bits <= 192U; bits++) {
		assert_int_equal(result(0xc4000053U, bits, 0, 0), 0);
		for (u32 i = 0; i < 3U; i++) {
			const u64 below = bits > 64U * i ? bits - 64U * i : 0U;

			if (below < 64U)
				assert_true(vcpu.x[3U - i] >> below == 0U);
		}
	}
	for (u64 bits = 1; bits <= 96U; bits++) {
		assert_int_equal(result(0x84000053U, bits, 0, 0), 0);
		assert_true((vcpu.x[1] | vcpu.x[2] | vcpu.x[3]) >> 32 == 0U);
	}
	assert_int_equal(result(0x84000053U, 97, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(0xc4000053U, 193, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(0xc4000053U, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(result(0xc4000053U, ALL_ONES, 0, 0), INVALID_PARAMETERS);
	fake_entropy_set(0);
	assert_int_equal(result(0xc4000053U, 64, 0, 0), NO_ENTROPY);
	assert_int_equal(result(0x84000050U, 0, 0, 0), NOT_SUPPORTED);
}

TEST(a_partitions_own_rules_come_first)
{
	static const struct firmware_filter f = {
		.count = 2,
		.rule = { { PSCI32(9), PSCI32(9), FIRMWARE_DENY },
			  { 0xc2000000U, 0xc200ffffU, FIRMWARE_PASS } },
	};

	firmware_filter_set(&vcpu, &f);
	assert_int_equal(result(PSCI32(9), 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(power_asked, -1);
	assert_int_equal(call(PSCI32(8), 0, 0, 0), TRAP_PARK);
	assert_int_equal(result(0xc2000007U, 1, 2, 3), 0xc2000107);
	assert_true(vcpu.x[1] == 0x101U && vcpu.x[3] == 0x103U);
	assert_int_equal(smcs, 1);
	machine.power.psci = PSCI_NONE;
	assert_int_equal(result(0xc2000007U, 1, 2, 3), NOT_SUPPORTED);
	assert_int_equal(result(0xc2010000U, 1, 2, 3), NOT_SUPPORTED);
	assert_int_equal(smcs, 1);
}

TEST(hvc_with_another_number_is_undefined_and_smc_is_answered)
{
	struct exit e = { .class = EXIT_HYPERCALL, .syndrome = 1, .length = 4 };

	vcpu.x[0] = PSCI32(0);
	assert_int_equal(firmware_guest_exit(&vcpu, &e), TRAP_INJECT);
	assert_int_equal(injected, 1);
	assert_int_equal(vcpu.x[0], PSCI32(0));
	e.class = EXIT_FIRMWARE;
	assert_int_equal(firmware_guest_exit(&vcpu, &e), TRAP_RESUME);
	assert_int_equal(vcpu.x[0], 0x10001);
}

/* Numbers near those that exist, arguments near those that mean something. */
TEST(no_call_answers_but_by_the_specification)
{
	static const u64 values[] = { 0,       1,         2,           0xf,      0x10,    0x100,
				      CODE,    CODE + 1U, CODE_END,    BIT(16),  BIT(31), BIT(32),
				      BIT(63), ALL_ONES,  0x80008000U, PSCI64(3) };
	const u64 count = wanted_count();

	rnd_start();
	for (u64 i = 0; i < count; i++) {
		const u64 id =
			(rnd_below(2) << 30 | 0x80000000U | rnd_below(8) << 24) + rnd_below(0x58);
		const enum trap_result t = call(id, values[rnd_below(ARRAY_SIZE(values))],
						values[rnd_below(ARRAY_SIZE(values))],
						values[rnd_below(ARRAY_SIZE(values))]);

		assert_true(t == TRAP_RESUME || t == TRAP_PARK);
		if (t == TRAP_RESUME && (id >> 24 & 0x3fU) == 4U && (id & 0xffU) < 0x20U)
			assert_true((s64)vcpu.x[0] >= INVALID_ADDRESS);
	}
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(version_is_1_1_and_migration_is_not_needed),
	   T(numbers_have_the_width_the_table_gives_them), T(a_vcpu_is_started_once),
	   T(a_call_of_32_bits_has_arguments_of_32_bits), T(a_vcpu_is_named_by_its_affinity),
	   T(nobody_is_started_where_nothing_can_be_executed),
	   T(suspending_waits_and_says_so_only_when_it_is_over),
	   T(off_and_reset_are_handed_to_core),
	   T(an_unknown_number_is_not_supported_and_changes_nothing_else),
	   T(discovery_names_version_and_hypervisor), T(a_workaround_is_as_firmware_says),
	   T(random_numbers_come_as_many_bits_as_asked), T(a_partitions_own_rules_come_first),
	   T(hvc_with_another_number_is_undefined_and_smc_is_answered),
	   T(no_call_answers_but_by_the_specification));
