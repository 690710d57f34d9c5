// SPDX-License-Identifier: Apache-2.0
#include <asm/esr.h>
#include <asm/exceptions.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/printf.h>

_Static_assert(sizeof(struct exc_frame) == EXC_FRAME_SIZE, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, sp) == EXC_SP, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, elr) == EXC_ELR, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, spsr) == EXC_SPSR, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, esr) == EXC_ESR, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, far) == EXC_FAR, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, vector) == EXC_VECTOR, "asm/trap.h");
_Static_assert(offsetof(struct exc_frame, record) == EXC_RECORD, "asm/trap.h");

#define LLU(x) ((unsigned long long)(x))

static const char *vector_level(const struct exc_frame *frame)
{
	static const char *const level[] = { "EL2 on SP_EL0", "EL2", "lower level, AArch64",
					     "lower level, AArch32" };

	return level[(frame->vector >> 2) & 3U];
}

/* Does the syndrome belong to this exception? Interrupts do not write ESR_EL2. */
static bool has_syndrome(const struct exc_frame *frame)
{
	return (frame->vector & 3U) == VECTOR_SYNC || (frame->vector & 3U) == VECTOR_SERROR;
}

static const char *exc_name(const struct exc_frame *frame)
{
	static const char *const kind[] = { NULL, "IRQ", "FIQ", NULL };

	return has_syndrome(frame) ? esr_class_name(frame->esr) : kind[frame->vector & 3U];
}

static void log_general(const struct exc_frame *frame)
{
	const u64 *x = frame->x;

	for (u32 i = 0; i < 28U; i += 4U)
		log_error("  x%-2u %016llx  x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i,
			  LLU(x[i]), i + 1U, LLU(x[i + 1U]), i + 2U, LLU(x[i + 2U]), i + 3U,
			  LLU(x[i + 3U]));
	log_error("  x28 %016llx  x29 %016llx  x30 %016llx  sp  %016llx", LLU(x[28]), LLU(x[29]),
		  LLU(x[30]), LLU(frame->sp));
}

static void log_pc(const struct exc_frame *frame)
{
	uintptr_t offset;
	const char *name = ksym_lookup(frame->elr, &offset);

	if (name != NULL)
		log_error("  ELR_EL2 %016llx %s+0x%llx", LLU(frame->elr), name, LLU(offset));
	else
		log_error("  ELR_EL2 %016llx", LLU(frame->elr));
}

static void log_pstate(u64 spsr)
{
	char mask[] = "DAIF";

	for (u32 i = 0; i < 4U; i++)
		if ((spsr & BIT(9U - i)) == 0U)
			mask[i] = '-';
	log_error("  SPSR_EL2 %08llx EL%llu%c, NZCV %llx, masked %s", LLU(spsr),
		  LLU(FIELD_GET(spsr, 3, 2)), ((spsr & BIT(0)) != 0U) ? 'h' : 't',
		  LLU(FIELD_GET(spsr, 31, 28)), mask);
}

void exc_frame_log(const struct exc_frame *frame)
{
	char what[96];

	log_pc(frame);
	log_pstate(frame->spsr);
	if (has_syndrome(frame)) {
		esr_describe(frame->esr, what, sizeof(what));
		log_error("  ESR_EL2 %08llx EC 0x%02x %s%s%s", LLU(frame->esr), esr_ec(frame->esr),
			  esr_class_name(frame->esr), (what[0] != '\0') ? ": " : "", what);
		if (esr_far_valid(frame->esr))
			log_error("  FAR_EL2 %016llx", LLU(frame->far));
	}
	log_general(frame);
}

void exc_fatal(const struct exc_frame *frame)
{
	char text[LOG_TEXT_MAX];

	bh_snprintf(text, sizeof(text), "%s in %s at 0x%llx%s", exc_name(frame),
		    vector_level(frame), LLU(frame->elr),
		    (frame->overflow != 0U) ? ": stack overflow" : "");
	panic_exception(frame, text);
}

static const struct extable_entry *fixup_find(u64 pc)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++)
		if (e->insn == pc)
			return e;
	return NULL;
}

void exc_sync(struct exc_frame *frame)
{
	const struct extable_entry *e = fixup_find(frame->elr);

	if (e == NULL)
		exc_fatal(frame);
	frame->elr = e->fixup;
}

void exc_irq(struct exc_frame *frame)
{
	(void)frame;
	upcall_irq();
}
