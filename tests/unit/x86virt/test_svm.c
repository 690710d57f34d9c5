// SPDX-License-Identifier: Apache-2.0
/* What #VMEXIT says, events, and what a VMCB must be. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/virt.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/string.h>
#include <legal.h>
#include <svm/vmcb.h>
#include <unit.h>

static struct vmcb b;
static struct exit e;

static void decode(u64 code, u64 info1, u64 info2)
{
	b = (struct vmcb){
		.exitcode = code, .exitinfo1 = info1, .exitinfo2 = info2, .rip = 0x1000
	};
	svm_exit_decode(&b, false, 0xc0000080U, &e);
}

TEST(a_nested_fault_is_a_memory_exit)
{
	decode(EXITCODE_NPF, 0x100000004ULL, 0x1234);
	assert_int_equal(e.class, EXIT_MEMORY);
	assert_int_equal(e.memory.gpa.v, 0x1234);
	assert_true(e.memory.read && e.memory.gpa_exact);
	assert_false(e.memory.write || e.memory.exec || e.memory.permission);
	assert_false(e.memory.decoded || e.memory.gva_valid || e.memory.table_walk);
	decode(EXITCODE_NPF, 0x200000007ULL, 0x1234);
	assert_true(e.memory.write && e.memory.permission && e.memory.table_walk);
	assert_false(e.memory.read);
	decode(EXITCODE_NPF, 0x100000015ULL, 0x1234);
	assert_true(e.memory.exec && e.memory.permission);
	assert_false(e.memory.read || e.memory.write);
}

TEST(a_port_exit_knows_its_length)
{
	decode(EXITCODE_IOIO, 0x03f80011, 0x1002);
	assert_int_equal(e.class, EXIT_PORT);
	assert_int_equal(e.port.port, 0x3f8);
	assert_int_equal(e.port.size, 1);
	assert_true(e.port.in);
	assert_false(e.port.string || e.port.rep);
	assert_int_equal(e.length, 2);
	decode(EXITCODE_IOIO, 0x00cf004c, 0x1003);
	assert_int_equal(e.port.size, 4);
	assert_true(e.port.string && e.port.rep && !e.port.in);
}

TEST(an_msr_exit_names_the_register)
{
	decode(EXITCODE_MSR, 1, 0);
	assert_int_equal(e.class, EXIT_SYSREG);
	assert_int_equal(e.sysreg.id, 0xc0000080U);
	assert_true(e.sysreg.write);
	decode(EXITCODE_MSR, 0, 0);
	assert_false(e.sysreg.write);
}

TEST(classes_go_by_the_low_half_of_the_code)
{
	static const struct {
		u64 code;
		enum exit_class class;
	} want[] = {
		{ EXITCODE_VMMCALL, EXIT_HYPERCALL },
		{ EXITCODE_INTR, EXIT_IRQ },
		{ EXITCODE_INTR + 1U, EXIT_IRQ },
		{ EXITCODE_CPUID, EXIT_CPUID },
		{ EXITCODE_HLT, EXIT_WAIT },
		{ EXITCODE_SHUTDOWN, EXIT_SHUTDOWN },
		{ ~0ULL, EXIT_REFUSED },
		{ 0xffffffffULL, EXIT_REFUSED },
		{ 0x10, EXIT_UNKNOWN },
		{ 0x402, EXIT_UNKNOWN },
		{ 0x52, EXIT_EXCEPTION },
		{ EXITCODE_VMRUN, EXIT_EXCEPTION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		decode(want[i].code, 0, 0);
		assert_int_equal(e.class, want[i].class);
	}
}

TEST(instructions_nobody_may_use_are_undefined)
{
	static const u32 codes[] = { EXITCODE_VMRUN, EXITCODE_VMLOAD, EXITCODE_SKINIT,
				     EXITCODE_MONITOR, EXITCODE_INVD };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		decode(codes[i], 0, 0);
		assert_int_equal(e.class, EXIT_EXCEPTION);
		assert_int_equal(e.vector, VEC_UD);
	}
	decode(EXITCODE_RDPMC, 0, 0);
	assert_int_equal(e.vector, VEC_GP);
}

TEST(the_next_rip_is_taken_where_the_cpu_tells_it)
{
	b = (struct vmcb){ .exitcode = EXITCODE_CPUID, .rip = 0x1000, .nrip = 0x1003 };
	svm_exit_decode(&b, true, 0, &e);
	assert_int_equal(e.length, 3);
	svm_exit_decode(&b, false, 0, &e);
	assert_int_equal(e.length, 0);
}

TEST(lengths_count_prefixes)
{
	static const u8 plain[] = { 0x0f, 0xa2 };
	static const u8 prefixed[] = { 0x66, 0x2e, 0x48, 0x0f, 0xa2, 0x90 };
	static const u8 cut[] = { 0x66, 0x66 };
	static const u8 halt[] = { 0xf3, 0xf4 };

	assert_int_equal(svm_exit_length(EXITCODE_CPUID, plain, sizeof(plain)), 2);
	assert_int_equal(svm_exit_length(EXITCODE_CPUID, prefixed, sizeof(prefixed)), 5);
	assert_int_equal(svm_exit_length(EXITCODE_CPUID, cut, sizeof(cut)), 2);
	assert_int_equal(svm_exit_length(EXITCODE_CPUID, NULL, 0), 2);
	assert_int_equal(svm_exit_length(EXITCODE_HLT, halt, sizeof(halt)), 2);
	assert_int_equal(svm_exit_length(EXITCODE_VMMCALL, NULL, 0), 3);
	assert_int_equal(svm_exit_length(EXITCODE_NPF, plain, sizeof(plain)), 0);
}

TEST(events_survive_encoding)
{
	const struct x86_event gp = { .valid = true,
				      .has_code = true,
				      .vector = VEC_GP,
				      .type = EVENT_EXCEPTION,
				      .code = 0x18 };
	struct x86_event back;

	assert_int_equal(svm_event_encode(&gp), 0x1880000b0dULL);
	back = svm_event_decode(svm_event_encode(&gp));
	assert_memory_equal(&back, &gp, sizeof(gp));
	back.valid = false;
	assert_int_equal(svm_event_encode(&back), 0);
	assert_false(svm_event_decode(0).valid);
}

/* A VMCB of a 64-bit guest that may be entered. */
static void make_legal(void)
{
	b = (struct vmcb){
		.intercept_1 = ~0U,
		.intercept_2 = ~0U,
		.asid = 1,
		.v_intr = V_INTR_MASKING,
		.np_control = NP_ENABLE,
		.n_cr3 = 0x1000,
		.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_NXE,
		.cr0 = CR0_PG | CR0_PE | CR0_ET,
		.cr4 = CR4_PAE,
		.dr6 = 0xffff0ff0U,
		.dr7 = 0x400,
		.g_pat = 0x0007040600070406ULL,
	};
	b.segment[SEG_CS].attributes = 0xa9b;
}

static const char *broken(void)
{
	u64 found;
	const struct legal_rule *r = svm_check(&b, 40, &found);

	return r != NULL ? r->what : NULL;
}

#define BREAKS(change, words)                               \
	do {                                                \
		make_legal();                               \
		change;                                     \
		assert_non_null(broken());                  \
		assert_non_null(strstr(broken(), (words))); \
	} while (0)

TEST(each_rule_refuses_what_it_is_for)
{
	make_legal();
	assert_null(broken());
	BREAKS(b.asid = 0, "ASID");
	BREAKS(b.g_pat = 2, "G_PAT");
	BREAKS(b.g_pat = 0x0800000000000000ULL, "G_PAT");
	BREAKS(b.n_cr3 = BIT(40), "physical memory");
	BREAKS(b.n_cr3 = 0x1008, "page-aligned");
	BREAKS(b.efer &= ~(u64)EFER_SVME, "SVME");
	BREAKS(b.efer |= BIT(1), "EFER has reserved");
	BREAKS(b.cr0 |= BIT(29), "CR0.NW");
	BREAKS(b.cr0 |= BIT(32), "CR0 has bits");
	BREAKS(b.cr4 |= BIT(15), "CR4 has");
	BREAKS(b.dr6 |= BIT(32), "DR6");
	BREAKS(b.dr7 |= BIT(63), "DR7");
	BREAKS(b.cr4 = 0, "CR4.PAE");
	BREAKS(b.cr0 &= ~(u64)CR0_PE, "CR0.PE");
	BREAKS(b.segment[SEG_CS].attributes = 0xe9b, "CS.D");
	BREAKS(b.intercept_2 = ~INTERCEPT_VMRUN, "VMRUN");
	BREAKS(b.intercept_1 = ~INTERCEPT_SHUTDOWN, "SHUTDOWN");
	BREAKS(b.intercept_1 = ~INTERCEPT_NMI, "interrupts");
	BREAKS(b.intercept_1 = ~INTERCEPT_IOIO_PROT, "ports");
	BREAKS(b.v_intr = 0, "masked by the guest");
	BREAKS(b.np_control = 0, "nested paging");
	BREAKS(b.eventinj = EVENT_V | BIT(12), "EVENTINJ");
}

TEST(conditions_hold_a_rule_back)
{
	make_legal();
	b.cr0 |= BIT(29) | BIT(30);
	assert_null(broken());
	make_legal();
	b.efer = EFER_SVME;
	b.cr4 = 0;
	assert_null(broken());
}

UNIT_TESTS(UNIT(a_nested_fault_is_a_memory_exit), UNIT(a_port_exit_knows_its_length),
	   UNIT(an_msr_exit_names_the_register), UNIT(classes_go_by_the_low_half_of_the_code),
	   UNIT(instructions_nobody_may_use_are_undefined),
	   UNIT(the_next_rip_is_taken_where_the_cpu_tells_it), UNIT(lengths_count_prefixes),
	   UNIT(events_survive_encoding), UNIT(each_rule_refuses_what_it_is_for),
	   UNIT(conditions_hold_a_rule_back));
