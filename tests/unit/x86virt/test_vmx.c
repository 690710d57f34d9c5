// SPDX-License-Identifier: Apache-2.0
/* What a VM exit says, events, and what a VMCS must be. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/virt.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/string.h>
#include <legal.h>
#include <unit.h>
#include <vmx/vmcs.h>

static struct vmx_exit x;
static struct exit e;

static void decode(u32 reason, u64 qualification)
{
	x = (struct vmx_exit){ .reason = reason,
			       .qualification = qualification,
			       .length = 3,
			       .linear = 0xffff800000001234ULL,
			       .physical = 0x1234 };
	vmx_exit_decode(&x, 0xc0000080U, &e);
}

TEST(an_ept_violation_is_a_memory_exit)
{
	decode(REASON_EPT_VIOLATION, 0x181);
	assert_int_equal(e.class, EXIT_MEMORY);
	assert_int_equal(e.memory.gpa.v, 0x1234);
	assert_int_equal(e.memory.gva.v, 0xffff800000001234ULL);
	assert_true(e.memory.read && e.memory.gpa_exact && e.memory.gva_valid);
	assert_false(e.memory.write || e.memory.exec || e.memory.permission);
	assert_false(e.memory.decoded || e.memory.table_walk);
	/* The length is undefined for these. */
	assert_int_equal(e.length, 0);
	decode(REASON_EPT_VIOLATION, 0x18b);
	assert_true(e.memory.write && e.memory.permission);
	assert_false(e.memory.read);
	decode(REASON_EPT_VIOLATION, 0x0a2);
	assert_true(e.memory.table_walk && e.memory.permission && e.memory.gva_valid);
	decode(REASON_EPT_VIOLATION, 0x004);
	assert_true(e.memory.exec);
	assert_false(e.memory.gva_valid || e.memory.table_walk || e.memory.read);
}

TEST(a_port_exit_says_port_size_and_direction)
{
	decode(REASON_PORT, 0x03f80008);
	assert_int_equal(e.class, EXIT_PORT);
	assert_int_equal(e.port.port, 0x3f8);
	assert_int_equal(e.port.size, 1);
	assert_true(e.port.in);
	assert_false(e.port.string || e.port.rep);
	assert_int_equal(e.length, 3);
	decode(REASON_PORT, 0x00cf0033);
	assert_int_equal(e.port.size, 4);
	assert_true(e.port.string && e.port.rep && !e.port.in);
}

TEST(an_msr_exit_names_the_register)
{
	decode(REASON_WRMSR, 0);
	assert_int_equal(e.class, EXIT_SYSREG);
	assert_int_equal(e.sysreg.id, 0xc0000080U);
	assert_true(e.sysreg.write);
	decode(REASON_RDMSR, 0);
	assert_false(e.sysreg.write);
	assert_int_equal(e.length, 3);
}

TEST(a_move_to_a_control_register_names_both)
{
	decode(REASON_CR, 0xb04);
	assert_int_equal(e.class, EXIT_SYSREG);
	assert_int_equal(e.sysreg.id, SYSREG_CR(4));
	assert_int_equal(e.sysreg.reg, 11);
	assert_true(e.sysreg.write);
	decode(REASON_CR, 0x018);
	assert_int_equal(e.sysreg.id, SYSREG_CR(8));
	assert_int_equal(e.sysreg.reg, 0);
	assert_false(e.sysreg.write);
	/* CLTS and LMSW are the CPU's own business. */
	decode(REASON_CR, 0x020);
	assert_int_equal(e.class, EXIT_UNKNOWN);
	decode(REASON_WBINVD, 0);
	assert_int_equal(e.sysreg.id, SYSREG_WBINVD);
}

TEST(an_exception_and_an_nmi_share_a_reason)
{
	x = (struct vmx_exit){ .reason = REASON_EVENT, .event = 0x80000202 };
	vmx_exit_decode(&x, 0, &e);
	assert_int_equal(e.class, EXIT_IRQ);
	x = (struct vmx_exit){ .reason = REASON_EVENT, .event = 0x80000b11 };
	vmx_exit_decode(&x, 0, &e);
	assert_int_equal(e.class, EXIT_EXCEPTION);
	assert_int_equal(e.vector, VEC_AC);
}

TEST(each_reason_has_its_class)
{
	static const struct {
		u32 reason;
		enum exit_class class;
		u32 vector;
	} want[] = {
		{ REASON_VMCALL, EXIT_HYPERCALL, 0 },
		{ REASON_INTERRUPT, EXIT_IRQ, 0 },
		{ REASON_INIT, EXIT_IRQ, 0 },
		{ REASON_CPUID, EXIT_CPUID, 0 },
		{ REASON_HLT, EXIT_WAIT, 0 },
		{ REASON_TRIPLE_FAULT, EXIT_SHUTDOWN, 0 },
		{ REASON_GUEST_STATE | REASON_ENTRY_FAILED, EXIT_REFUSED, 0 },
		{ REASON_MSR_LOADING | REASON_ENTRY_FAILED, EXIT_REFUSED, 0 },
		{ REASON_MACHINE_CHECK | REASON_ENTRY_FAILED, EXIT_EXCEPTION, VEC_MC },
		{ REASON_GUEST_STATE, EXIT_UNKNOWN, 0 },
		{ 49, EXIT_UNKNOWN, 0 }, /* EPT misconfiguration */
		{ 1000, EXIT_UNKNOWN, 0 },
		{ REASON_TASK_SWITCH, EXIT_EXCEPTION, VEC_GP },
		{ REASON_RDPMC, EXIT_EXCEPTION, VEC_GP },
		{ REASON_GETSEC, EXIT_EXCEPTION, VEC_UD },
		{ REASON_INVD, EXIT_EXCEPTION, VEC_UD },
		{ REASON_RSM, EXIT_EXCEPTION, VEC_UD },
		{ REASON_VMCLEAR, EXIT_EXCEPTION, VEC_UD },
		{ REASON_VMXON, EXIT_EXCEPTION, VEC_UD },
		{ REASON_MWAIT, EXIT_EXCEPTION, VEC_UD },
		{ REASON_MONITOR, EXIT_EXCEPTION, VEC_UD },
		{ REASON_INVEPT, EXIT_EXCEPTION, VEC_UD },
		{ REASON_INVVPID, EXIT_EXCEPTION, VEC_UD },
		{ REASON_XSETBV, EXIT_SYSREG, 0 },
		{ REASON_VMFUNC, EXIT_EXCEPTION, VEC_UD },
	};

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		decode(want[i].reason, 0);
		assert_int_equal(e.class, want[i].class);
		if (e.class == EXIT_EXCEPTION)
			assert_int_equal(e.vector, want[i].vector);
		assert_int_equal(e.reason, want[i].reason);
	}
}

TEST(events_survive_encoding_for_vmx)
{
	const struct x86_event gp = { .valid = true,
				      .has_code = true,
				      .vector = VEC_GP,
				      .type = EVENT_EXCEPTION,
				      .code = 0x18 };
	struct x86_event back = vmx_event_decode(vmx_event_encode(&gp), 0x18);

	assert_int_equal(vmx_event_encode(&gp), 0x80000b0dU);
	assert_memory_equal(&back, &gp, sizeof(gp));
	back.valid = false;
	assert_int_equal(vmx_event_encode(&back), 0);
	assert_false(vmx_event_decode(0, 0x18).valid);
	/* The code of an event that has none is whatever was there before. */
	assert_int_equal(vmx_event_decode(0x80000202U, 0x18).code, 0);
}

TEST(errors_have_words)
{
	assert_string_equal(vmx_error_name(7), "VM entry with invalid control fields");
	assert_string_equal(vmx_error_name(14), "an unknown error");
	assert_string_equal(vmx_error_name(29), "an unknown error");
}

/* A VMCS: what is not in it reads zero. */
#define FIELDS_MAX 128U
static struct {
	u32 field;
	u64 value;
} vmcs[FIELDS_MAX];
static u32 fields;

static u64 read_vmcs(const void *ctx, u32 field)
{
	(void)ctx;
	for (u32 i = 0; i < fields; i++) {
		if (vmcs[i].field == field)
			return vmcs[i].value;
	}
	return 0;
}

static void set(u32 field, u64 value)
{
	u32 i = 0;

	while (i < fields && vmcs[i].field != field)
		i++;
	assert_true(i < FIELDS_MAX);
	vmcs[i].field = field;
	vmcs[i].value = value;
	fields = i < fields ? fields : i + 1U;
}

static void flip(u32 field, u64 bits)
{
	set(field, read_vmcs(NULL, field) ^ bits);
}

static const struct vmx_caps capable = {
	.may = { ~0U, ~0U, ~0U, ~0U, ~0U },
	.cr0_must = CR0_NE,
	.cr0_may = 0xffffffffULL,
	.cr4_must = CR4_VMXE,
	.cr4_may = 0xffffffULL,
	.phys_bits = 40,
	.cet = true,
};
static struct vmx_caps caps;

#define SEG(name, s) ((u32)VMCS_GUEST_ES_##name + 2U * (u32)(s))
#define HIGH_HALF 0xffffffff80200000ULL

static void legal_host(void)
{
	set(VMCS_HOST_CR0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE);
	set(VMCS_HOST_CR3, 0x1000);
	set(VMCS_HOST_CR4, CR4_PAE | CR4_VMXE | CR4_CET);
	set(VMCS_HOST_EFER, EFER_LME | EFER_LMA | EFER_NXE);
	set(VMCS_HOST_PAT, 0x0007040600010406ULL);
	set(VMCS_HOST_CS_SELECTOR, SEL_CODE64);
	set(VMCS_HOST_SS_SELECTOR, SEL_DATA);
	set(VMCS_HOST_TR_SELECTOR, SEL_TSS);
	set(VMCS_HOST_GS_BASE, HIGH_HALF);
	set(VMCS_HOST_RIP, HIGH_HALF);
	set(VMCS_HOST_S_CET, S_CET_SH_STK_EN | S_CET_ENDBR_EN);
	set(VMCS_HOST_SSP, HIGH_HALF);
	set(VMCS_HOST_SSP_TABLE, HIGH_HALF);
}

/* A VMCS of a 64-bit guest that may be entered. */
static void make_legal(void)
{
	fields = 0;
	caps = capable;
	set(VMCS_PIN, PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI);
	set(VMCS_PROC, PROC_HLT | PROC_CR8_LOAD | PROC_CR8_STORE | PROC_IO | PROC_MSR_BITMAPS |
			       PROC_SECONDARY);
	set(VMCS_PROC2, PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED);
	set(VMCS_EXIT, AT_EXIT_SAVE_DEBUG | AT_EXIT_HOST_64 | AT_EXIT_SAVE_PAT | AT_EXIT_LOAD_PAT |
			       AT_EXIT_SAVE_EFER | AT_EXIT_LOAD_EFER | AT_EXIT_LOAD_CET);
	set(VMCS_ENTRY, AT_ENTRY_LOAD_DEBUG | AT_ENTRY_LONG_MODE | AT_ENTRY_LOAD_PAT |
				AT_ENTRY_LOAD_EFER | AT_ENTRY_LOAD_CET);
	set(VMCS_MSR_BITMAP, 0x2000);
	set(VMCS_EPTP, 0x3000 | EPTP_WB | EPTP_LEVELS_4);
	set(VMCS_VPID, 1);
	set(VMCS_CR0_MASK, CR0_NE | CR0_CD | CR0_NW);
	set(VMCS_CR4_MASK, CR4_CET | CR4_MCE | CR4_VMXE | CR4_OSXSAVE);
	legal_host();
	set(VMCS_GUEST_CR0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE);
	set(VMCS_GUEST_CR4, CR4_PAE | CR4_VMXE | CR4_MCE);
	set(VMCS_GUEST_EFER, EFER_LME | EFER_LMA | EFER_NXE);
	set(VMCS_GUEST_PAT, 0x0007040600070406ULL);
	set(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	set(VMCS_GUEST_DR7, 0x400);
	set(VMCS_LINK_POINTER, ~0ULL);
	for (u32 s = SEG_ES; s <= (u32)SEG_GS; s++) {
		set(SEG(ATTRIBUTES, s), s == (u32)SEG_CS ? 0xa09bU : 0xc093U);
		set(SEG(LIMIT, s), 0xffffffff);
	}
	set(SEG(ATTRIBUTES, SEG_LDTR), 0x82);
	set(SEG(ATTRIBUTES, SEG_TR), 0x8b);
}

static void make_real(void)
{
	make_legal();
	flip(VMCS_ENTRY, AT_ENTRY_LONG_MODE);
	set(VMCS_GUEST_CR0, CR0_NE | CR0_ET);
	set(VMCS_GUEST_CR4, CR4_VMXE | CR4_MCE);
	set(VMCS_GUEST_EFER, 0);
	for (u32 s = SEG_ES; s <= (u32)SEG_GS; s++) {
		set(SEG(ATTRIBUTES, s), s == (u32)SEG_CS ? 0x9bU : 0x93U);
		set(SEG(LIMIT, s), 0xffff);
	}
}

static const char *broken(void)
{
	u64 found;
	const struct legal_rule *r = vmx_check(read_vmcs, NULL, &caps, &found);

	return r != NULL ? r->what : NULL;
}

/* Each breaks one rule of a VMCS that is legal before. */
struct breaks {
	u32 field;
	u64 bits;
	const char *words;
};

static void all_break(const struct breaks *b, size_t n, void (*make)(void))
{
	for (size_t i = 0; i < n; i++) {
		make();
		assert_null(broken());
		flip(b[i].field, b[i].bits);
		if (broken() == NULL || strstr(broken(), b[i].words) == NULL)
			fail_msg("%s: %s", b[i].words, broken() != NULL ? broken() : "legal");
	}
}

TEST(each_rule_of_controls_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ VMCS_PIN, PIN_NMI, "interrupts or NMIs" },
		{ VMCS_PROC, PROC_HLT, "HLT, CR8" },
		{ VMCS_PROC, PROC_IO, "ports" },
		{ VMCS_PROC, PROC_IO_BITMAPS, "I/O bitmaps" },
		{ VMCS_PROC, PROC_MSR_BITMAPS, "MSR bitmaps" },
		{ VMCS_PROC2, PROC2_EPT, "EPT" },
		{ VMCS_PROC2, PROC2_UNRESTRICTED, "unrestricted" },
		{ VMCS_MSR_BITMAP, 8, "page-aligned" },
		{ VMCS_MSR_BITMAP, BIT(40), "MSR bitmap is beyond" },
		{ VMCS_EPTP, 6, "EPTP is not" },
		{ VMCS_EPTP, BIT(6), "EPTP is not" },
		{ VMCS_EPTP, BIT(40), "EPTP is beyond" },
		{ VMCS_VPID, 1, "VPID" },
		{ VMCS_CR3_TARGETS, 1, "CR3 targets" },
		{ VMCS_EXIT_MSR_STORES, 1, "stored at exit" },
		{ VMCS_EXIT_MSR_LOADS, 1, "loaded at exit" },
		{ VMCS_ENTRY_MSR_LOADS, 1, "loaded at entry" },
		{ VMCS_EXIT, AT_EXIT_HOST_64, "64-bit code" },
		{ VMCS_EXIT, AT_EXIT_LOAD_EFER, "the exit does not switch" },
		{ VMCS_EXIT, AT_EXIT_LOAD_CET, "the exit does not load CET" },
		{ VMCS_ENTRY, AT_ENTRY_LOAD_PAT, "the entry does not load debug" },
		{ VMCS_ENTRY, AT_ENTRY_LOAD_CET, "the entry does not load CET" },
	};

	all_break(b, ARRAY_SIZE(b), make_legal);
	make_legal();
	flip(VMCS_PIN, PIN_VIRTUAL_NMI);
	assert_null(broken());
	flip(VMCS_PROC, PROC_NMI_WINDOW);
	assert_non_null(strstr(broken(), "NMI window"));
}

TEST(each_rule_of_events_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ VMCS_ENTRY_EVENT, EVENT_VALID | BIT(12), "cannot be" },
		{ VMCS_ENTRY_EVENT, EVENT_VALID | BIT(8), "type 1" },
		{ VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_NMI << 8 | 3U, "NMI" },
		{ VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_EXCEPTION << 8 | 32U, "above 31" },
		{ VMCS_ENTRY_EVENT, EVENT_VALID | 0x20U, "RFLAGS.IF" },
	};

	all_break(b, ARRAY_SIZE(b), make_legal);
	make_legal();
	set(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_CODE | EVENT_EXCEPTION << 8 | VEC_GP);
	assert_null(broken());
	set(VMCS_ENTRY_EVENT_CODE, BIT(16));
	assert_non_null(strstr(broken(), "FFFFh"));
	make_real();
	set(VMCS_ENTRY_EVENT, EVENT_VALID | EVENT_CODE | EVENT_EXCEPTION << 8 | VEC_GP);
	assert_non_null(strstr(broken(), "real mode"));
}

TEST(each_rule_of_the_host_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ VMCS_HOST_CR0, CR0_NE, "host CR0 has" },
		{ VMCS_HOST_CR0, BIT(32), "host CR0 has" },
		{ VMCS_HOST_CR0, CR0_WP, "host CR0.WP" },
		{ VMCS_HOST_CR3, BIT(40), "host CR3" },
		{ VMCS_HOST_CR4, CR4_VMXE, "host CR4 has" },
		{ VMCS_HOST_CR4, BIT(24), "host CR4 has" },
		{ VMCS_HOST_CR4, CR4_PAE, "host CR4.PAE" },
		{ VMCS_HOST_CR4, CR4_CET, "host CR4.CET" },
		{ VMCS_HOST_EFER, EFER_NXE, "host EFER" },
		{ VMCS_HOST_PAT, 4, "host PAT" },
		{ VMCS_HOST_CS_SELECTOR, 3, "host CS" },
		{ VMCS_HOST_TR_SELECTOR, SEL_TSS, "host TR" },
		{ VMCS_HOST_ES_SELECTOR, 4, "host ES" },
		{ VMCS_HOST_SS_SELECTOR, 3, "host SS" },
		{ VMCS_HOST_DS_SELECTOR, 3, "host DS" },
		{ VMCS_HOST_FS_SELECTOR, 3, "host FS" },
		{ VMCS_HOST_GS_SELECTOR, 3, "host GS" },
		{ VMCS_HOST_GS_BASE, BIT(63), "host GS base" },
		{ VMCS_HOST_TR_BASE, BIT(47), "host TR base" },
		{ VMCS_HOST_RIP, BIT(60), "host RIP" },
		{ VMCS_HOST_S_CET, BIT(6), "host S_CET has reserved" },
		{ VMCS_HOST_S_CET, BIT(10) | BIT(11), "SUPPRESS" },
		{ VMCS_HOST_SSP, 4, "host SSP is not aligned" },
		{ VMCS_HOST_SSP, BIT(62), "host SSP is not canonical" },
		{ VMCS_HOST_SSP_TABLE, BIT(62), "host SSP table" },
	};

	all_break(b, ARRAY_SIZE(b), make_legal);
}

TEST(each_rule_of_the_guest_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ VMCS_GUEST_CR0, CR0_NE, "guest CR0 has" },
		{ VMCS_GUEST_CR0, CR0_PE, "CR0.PG without" },
		{ VMCS_GUEST_CR0, CR0_CD, "CD or NW are" },
		{ VMCS_CR0_MASK, CR0_CD, "can be changed" },
		{ VMCS_GUEST_CR3, BIT(40), "guest CR3" },
		{ VMCS_GUEST_CR4, CR4_VMXE, "guest CR4 has" },
		{ VMCS_GUEST_CR4, CR4_MCE, "guest CR4.MCE" },
		{ VMCS_GUEST_CR4, CR4_PAE, "without CR4.PAE" },
		{ VMCS_GUEST_CR4, CR4_CET, "guest CR4.CET is set" },
		{ VMCS_CR4_MASK, CR4_OSXSAVE, "can be changed" },
		{ VMCS_GUEST_CR0, CR0_PG, "mode without paging" },
		{ VMCS_GUEST_DR7, BIT(32), "DR7" },
		{ VMCS_GUEST_EFER, EFER_LMA, "LMA is clear" },
		{ VMCS_GUEST_EFER, EFER_LME, "LME is clear" },
		{ VMCS_GUEST_EFER, EFER_SVME, "EFER has reserved" },
		{ VMCS_GUEST_DEBUGCTL, 1, "DEBUGCTL" },
		{ VMCS_GUEST_PAT, 4, "guest PAT" },
		{ VMCS_GUEST_GDTR_LIMIT, BIT(16), "GDTR limit" },
		{ VMCS_GUEST_IDTR_LIMIT, BIT(16), "IDTR limit" },
		{ VMCS_GUEST_GDTR_BASE, BIT(47), "guest GDTR base" },
		{ VMCS_GUEST_RFLAGS, BIT(1), "RFLAGS has" },
		{ VMCS_GUEST_RFLAGS, BIT(3), "RFLAGS has" },
		{ VMCS_GUEST_RFLAGS, RFLAGS_VM, "RFLAGS.VM in IA-32e" },
		{ VMCS_GUEST_ACTIVITY, 1, "not active" },
		{ VMCS_GUEST_INTERRUPTIBILITY, BIT(2), "interruptibility" },
		{ VMCS_GUEST_INTERRUPTIBILITY, 3, "STI and by MOV SS" },
		{ VMCS_LINK_POINTER, 1, "link pointer" },
		{ VMCS_GUEST_S_CET, 1, "guest S_CET" },
		{ VMCS_GUEST_SSP, 8, "guest SSP" },
	};

	all_break(b, ARRAY_SIZE(b), make_legal);
}

TEST(each_rule_of_segments_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ SEG(ATTRIBUTES, SEG_CS), SEG_ATTR_UNUSABLE, "CS is unusable" },
		{ SEG(ATTRIBUTES, SEG_CS), BIT(4), "CS is no segment" },
		{ SEG(ATTRIBUTES, SEG_CS), SEG_ATTR_DB, "both L and D" },
		{ SEG(BASE, SEG_CS), BIT(32), "CS base" },
		{ SEG(BASE, SEG_SS), BIT(32), "SS base" },
		{ SEG(ATTRIBUTES, SEG_SS), BIT(1), "SS is not a writable" },
		{ SEG(ATTRIBUTES, SEG_TR), BIT(1), "no busy TSS" },
		{ SEG(ATTRIBUTES, SEG_TR), BIT(3), "16-bit TSS" },
		{ SEG(ATTRIBUTES, SEG_TR), SEG_ATTR_UNUSABLE, "TR is unusable" },
		{ SEG(SELECTOR, SEG_TR), BIT(2), "TR selector" },
		{ SEG(ATTRIBUTES, SEG_LDTR), BIT(0), "LDTR is no LDT" },
		{ SEG(SELECTOR, SEG_LDTR), BIT(2), "LDTR selector" },
		{ SEG(ATTRIBUTES, SEG_DS), BIT(8), "reserved bits" },
		{ SEG(ATTRIBUTES, SEG_DS), BIT(7), "not present" },
		{ SEG(ATTRIBUTES, SEG_DS), BIT(0), "no accessed segment" },
		{ SEG(ATTRIBUTES, SEG_DS), BIT(3) | BIT(1), "cannot be read" },
		{ SEG(LIMIT, SEG_GS), 1, "pages do not end" },
		{ SEG(ATTRIBUTES, SEG_GS), BIT(15), "above 1 MiB" },
		{ SEG(BASE, SEG_GS), BIT(47), "GS base" },
	};

	all_break(b, ARRAY_SIZE(b), make_legal);
	make_legal();
	set(SEG(ATTRIBUTES, SEG_DS), SEG_ATTR_UNUSABLE);
	set(SEG(ATTRIBUTES, SEG_LDTR), SEG_ATTR_UNUSABLE);
	assert_null(broken());
}

TEST(each_rule_of_real_mode_refuses_what_it_is_for)
{
	static const struct breaks b[] = {
		{ VMCS_GUEST_CR4, CR4_PCIDE, "PCIDE" },
		{ VMCS_GUEST_EFER, EFER_LMA, "LMA is set outside" },
		{ VMCS_GUEST_RIP, BIT(32), "RIP is above" },
		{ VMCS_GUEST_RFLAGS, RFLAGS_VM, "RFLAGS.VM in real" },
		{ SEG(ATTRIBUTES, SEG_SS), BIT(5), "SS has a DPL" },
	};

	all_break(b, ARRAY_SIZE(b), make_real);
	make_real();
	set(VMCS_GUEST_CR0, CR0_PG | CR0_PE | CR0_NE);
	set(VMCS_GUEST_EFER, EFER_LME);
	assert_non_null(strstr(broken(), "LME with paging"));
}

TEST(controls_must_be_what_the_cpu_allows)
{
	static const char *const words[CONTROLS] = { "pin", "processor", "secondary", "exit",
						     "entry" };

	for (u32 i = 0; i < CONTROLS; i++) {
		make_legal();
		caps.may[i] = 0;
		assert_non_null(strstr(broken(), words[i]));
		make_legal();
		caps.must[i] = BIT(31) >> 1;
		assert_non_null(strstr(broken(), words[i]));
	}
}

TEST(without_cet_nothing_of_it_is_asked)
{
	make_legal();
	caps.cet = false;
	flip(VMCS_HOST_CR4, CR4_CET);
	flip(VMCS_EXIT, AT_EXIT_LOAD_CET);
	flip(VMCS_ENTRY, AT_ENTRY_LOAD_CET);
	set(VMCS_HOST_SSP, BIT(62));
	assert_null(broken());
}

UNIT_TESTS(UNIT(an_ept_violation_is_a_memory_exit), UNIT(a_port_exit_says_port_size_and_direction),
	   UNIT(an_msr_exit_names_the_register), UNIT(a_move_to_a_control_register_names_both),
	   UNIT(an_exception_and_an_nmi_share_a_reason), UNIT(each_reason_has_its_class),
	   UNIT(events_survive_encoding_for_vmx), UNIT(errors_have_words),
	   UNIT(each_rule_of_controls_refuses_what_it_is_for),
	   UNIT(each_rule_of_events_refuses_what_it_is_for),
	   UNIT(each_rule_of_the_host_refuses_what_it_is_for),
	   UNIT(each_rule_of_the_guest_refuses_what_it_is_for),
	   UNIT(each_rule_of_segments_refuses_what_it_is_for),
	   UNIT(each_rule_of_real_mode_refuses_what_it_is_for),
	   UNIT(controls_must_be_what_the_cpu_allows), UNIT(without_cet_nothing_of_it_is_asked));
