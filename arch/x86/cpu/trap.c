// SPDX-License-Identifier: Apache-2.0
#include <asm/decode.h>
#include <asm/lapic.h>
#include <asm/mce.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/printf.h>

static const struct bit_name cr0_bits[] = {
	{ 0, "PE" },  { 1, "MP" },  { 2, "EM" },  { 3, "TS" },  { 4, "ET" },  { 5, "NE" },
	{ 16, "WP" }, { 18, "AM" }, { 29, "NW" }, { 30, "CD" }, { 31, "PG" },
};

static const struct bit_name cr4_bits[] = {
	{ 0, "VME" },      { 1, "PVI" },   { 2, "TSD" },   { 3, "DE" },        { 4, "PSE" },
	{ 5, "PAE" },      { 6, "MCE" },   { 7, "PGE" },   { 8, "PCE" },       { 9, "OSFXSR" },
	{ 11, "UMIP" },    { 12, "LA57" }, { 13, "VMXE" }, { 16, "FSGSBASE" }, { 17, "PCIDE" },
	{ 18, "OSXSAVE" }, { 20, "SMEP" }, { 21, "SMAP" }, { 22, "PKE" },      { 23, "CET" },
};

static const struct bit_name rflags_bits[] = {
	{ 0, "CF" }, { 2, "PF" },  { 4, "AF" },  { 6, "ZF" },  { 7, "SF" },  { 8, "TF" },
	{ 9, "IF" }, { 10, "DF" }, { 11, "OF" }, { 14, "NT" }, { 16, "RF" }, { 18, "AC" },
};

static unsigned long long ull(u64 v)
{
	return v;
}

static void log_control_registers(void)
{
	char cr0[48], cr4[100];
	u64 efer = rdmsr(IA32_EFER);

	bits_decode(read_cr0(), cr0_bits, ARRAY_SIZE(cr0_bits), cr0, sizeof(cr0));
	bits_decode(read_cr4(), cr4_bits, ARRAY_SIZE(cr4_bits), cr4, sizeof(cr4));
	log_error("  CR0 %016llx %s", ull(read_cr0()), cr0);
	log_error("  CR4 %016llx %s", ull(read_cr4()), cr4);
	log_error("  CR2 %016llx  CR3 %016llx  EFER %016llx", ull(read_cr2()), ull(read_cr3()),
		  ull(efer));
}

static void log_error_code(const struct exc_frame *f)
{
	char text[80];

	exc_error_decode(f->vector, f->error, text, sizeof(text));
	if (text[0] == '\0')
		return;
	if (f->vector == VEC_PF)
		log_error("  error code %016llx: %s at %016llx", ull(f->error), text,
			  ull(read_cr2()));
	else
		log_error("  error code %016llx: %s", ull(f->error), text);
}

static void log_rip(const struct exc_frame *f)
{
	uintptr_t offset;
	const char *name = ksym_lookup(f->rip, &offset);
	char flags[48];

	bits_decode(f->rflags, rflags_bits, ARRAY_SIZE(rflags_bits), flags, sizeof(flags));
	if (name != NULL)
		log_error("  RIP %016llx %s+0x%llx", ull(f->rip), name, ull(offset));
	else
		log_error("  RIP %016llx", ull(f->rip));
	log_error("  CS %04llx  SS %04llx  RFLAGS %016llx %s", ull(f->cs), ull(f->ss),
		  ull(f->rflags), flags);
}

void exc_frame_log(const struct exc_frame *f)
{
	log_error_code(f);
	log_rip(f);
	log_error("  RAX %016llx  RBX %016llx  RCX %016llx  RDX %016llx", ull(f->rax), ull(f->rbx),
		  ull(f->rcx), ull(f->rdx));
	log_error("  RSI %016llx  RDI %016llx  RBP %016llx  RSP %016llx", ull(f->rsi), ull(f->rdi),
		  ull(f->rbp), ull(f->rsp));
	log_error("  R8  %016llx  R9  %016llx  R10 %016llx  R11 %016llx", ull(f->r8), ull(f->r9),
		  ull(f->r10), ull(f->r11));
	log_error("  R12 %016llx  R13 %016llx  R14 %016llx  R15 %016llx", ull(f->r12), ull(f->r13),
		  ull(f->r14), ull(f->r15));
	log_control_registers();
}

/* It was Bulkhead that ran: what it lost nobody can give back. */
static void machine_check(const struct exc_frame *f)
{
	const struct mce_finding m = mce_take();
	char what[120];

	if (m.verdict == MCE_NOTHING)
		return;
	bh_snprintf(what, sizeof(what), "%s: %s; IA32_MC%u_STATUS 0x%llx", exc_name(f->vector),
		    m.what, m.bank, ull(m.status));
	panic_exception(f, what);
}

uintptr_t x86_exception(struct exc_frame *f)
{
	const char *stack = NULL;
	uintptr_t fixup = 0;
	char what[80];

	if (f->vector == VEC_NMI && nmi_handle())
		return 0;
	if (f->vector == VEC_MC) {
		machine_check(f);
		return 0;
	}
	if (f->vector == VEC_PF || f->vector == VEC_GP)
		fixup = extable_fixup(f->rip);
	if (fixup != 0U) {
		f->rip = fixup;
		return fixup;
	}
	if (f->vector == VEC_DF || f->vector == VEC_PF)
		stack = stack_guard_hit(this_cpu()->id, read_cr2());
	if (stack != NULL)
		bh_snprintf(what, sizeof(what), "%s: stack overflow (%s stack)",
			    exc_name(f->vector), stack);
	else
		bh_snprintf(what, sizeof(what), "%s (vector %llu)", exc_name(f->vector),
			    ull(f->vector));
	panic_exception(f, what);
}
