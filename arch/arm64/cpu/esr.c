// SPDX-License-Identifier: Apache-2.0
#include <asm/esr.h>
#include <bulkhead/lib/printf.h>

static const char *const class_name[64] = {
	[EC_UNKNOWN] = "undefined instruction",
	[EC_WFX] = "trapped WFI or WFE",
	[0x03] = "trapped AArch32 MCR or MRC, coprocessor 15",
	[EC_FP] = "trapped SIMD, floating point or SVE access",
	[0x09] = "trapped pointer authentication",
	[0x0a] = "trapped 64-byte load or store",
	[EC_BTI] = "branch target without landing pad (BTI)",
	[EC_ILLEGAL] = "illegal execution state",
	[0x11] = "SVC in AArch32",
	[0x12] = "HVC in AArch32",
	[0x13] = "SMC in AArch32",
	[EC_SVC64] = "SVC",
	[EC_HVC64] = "HVC",
	[EC_SMC64] = "SMC",
	[EC_SYSREG] = "trapped system register or instruction",
	[0x19] = "trapped SVE access",
	[0x1a] = "trapped ERET",
	[EC_FPAC] = "pointer authentication failed",
	[EC_IABT_LOWER] = "instruction abort from a lower level",
	[EC_IABT] = "instruction abort",
	[EC_PC_ALIGN] = "misaligned PC",
	[EC_DABT_LOWER] = "data abort from a lower level",
	[EC_DABT] = "data abort",
	[EC_SP_ALIGN] = "misaligned SP",
	[EC_SERROR] = "SError",
	[0x30] = "breakpoint from a lower level",
	[0x31] = "breakpoint",
	[0x32] = "software step from a lower level",
	[0x33] = "software step",
	[0x34] = "watchpoint from a lower level",
	[0x35] = "watchpoint",
	[EC_BRK64] = "BRK",
};

const char *esr_class_name(u64 esr)
{
	const char *name = class_name[esr_ec(esr)];

	return (name != NULL) ? name : "reserved class";
}

const char *esr_fault_name(u32 fsc)
{
	static const char *const by_level[] = { "address size fault", "translation fault",
						"access flag fault", "permission fault" };

	if (fsc < 0x10U)
		return by_level[fsc >> 2];
	switch (fsc) {
	case 0x10:
		return "synchronous external abort";
	case 0x11:
		return "synchronous tag check fault";
	case 0x13 ... 0x17:
		return "synchronous external abort on a table walk";
	case 0x18:
		return "synchronous parity or ECC error";
	case 0x1b ... 0x1f:
		return "synchronous parity or ECC error on a table walk";
	case 0x21:
		return "alignment fault";
	case 0x29:
	case 0x2b:
		return (fsc == 0x29U) ? "address size fault" : "translation fault";
	case 0x30:
		return "TLB conflict";
	case 0x31:
		return "unsupported atomic update";
	case 0x35:
		return "unsupported exclusive or atomic access";
	default:
		return "reserved fault status";
	}
}

s32 esr_fault_level(u32 fsc)
{
	if (fsc < 0x10U)
		return (s32)(fsc & 3U);
	if ((fsc >= 0x14U && fsc <= 0x17U) || (fsc >= 0x1cU && fsc <= 0x1fU))
		return (s32)(fsc & 3U);
	return -1;
}

static bool is_abort(u32 ec)
{
	return ec == EC_IABT || ec == EC_IABT_LOWER || ec == EC_DABT || ec == EC_DABT_LOWER;
}

bool esr_far_valid(u64 esr)
{
	u32 ec = esr_ec(esr);

	if (is_abort(ec)) /* FnV is defined for synchronous external aborts only */
		return FIELD_GET(esr, 5, 0) != 0x10U || FIELD_GET(esr, 10, 10) == 0U;
	return ec == EC_PC_ALIGN || ec == 0x34U || ec == 0x35U;
}

static void describe_abort(u64 esr, char *buf, size_t size)
{
	u32 ec = esr_ec(esr);
	u32 fsc = (u32)FIELD_GET(esr, 5, 0);
	bool data = ec == EC_DABT || ec == EC_DABT_LOWER;
	const char *access = "fetch";
	char level[16] = "";

	if (data && FIELD_GET(esr, 8, 8) != 0U)
		access = "cache maintenance";
	else if (data)
		access = (FIELD_GET(esr, 6, 6) != 0U) ? "write" : "read";
	if (esr_fault_level(fsc) >= 0)
		bh_snprintf(level, sizeof(level), ", level %d", esr_fault_level(fsc));
	if (data && FIELD_GET(esr, 24, 24) != 0U)
		bh_snprintf(buf, size, "%s%s, %s of %u bytes, register x%u", esr_fault_name(fsc),
			    level, access, 1U << FIELD_GET(esr, 23, 22),
			    (u32)FIELD_GET(esr, 20, 16));
	else
		bh_snprintf(buf, size, "%s%s, %s", esr_fault_name(fsc), level, access);
}

/* ISS of a trapped MSR, MRS or system instruction (D24.2.40): the encoding the tools print. */
static void describe_sysreg(u64 esr, char *buf, size_t size)
{
	bh_snprintf(buf, size, "%s S%u_%u_C%u_C%u_%u, register x%u",
		    (FIELD_GET(esr, 0, 0) != 0U) ? "read of" : "write of",
		    (u32)FIELD_GET(esr, 21, 20), (u32)FIELD_GET(esr, 16, 14),
		    (u32)FIELD_GET(esr, 13, 10), (u32)FIELD_GET(esr, 4, 1),
		    (u32)FIELD_GET(esr, 19, 17), (u32)FIELD_GET(esr, 9, 5));
}

static void describe_serror(u64 esr, char *buf, size_t size)
{
	static const char *const aet[8] = { "uncontainable",
					    "unrecoverable",
					    "restartable",
					    "recoverable",
					    NULL,
					    NULL,
					    "corrected",
					    NULL };
	const char *kind = aet[FIELD_GET(esr, 12, 10)];

	if (FIELD_GET(esr, 24, 24) != 0U || FIELD_GET(esr, 5, 0) != 0x11U || kind == NULL)
		bh_snprintf(buf, size, "syndrome 0x%07x%s", (u32)(esr & ESR_ISS_MASK),
			    (FIELD_GET(esr, 24, 24) != 0U) ? " of this implementation" : "");
	else
		bh_snprintf(buf, size, "asynchronous, %s", kind);
}

void esr_describe(u64 esr, char *buf, size_t size)
{
	u32 ec = esr_ec(esr);

	if (is_abort(ec))
		describe_abort(esr, buf, size);
	else if (ec == EC_SYSREG)
		describe_sysreg(esr, buf, size);
	else if (ec == EC_SERROR)
		describe_serror(esr, buf, size);
	else if (ec == EC_BRK64 || ec == EC_SVC64 || ec == EC_HVC64 || ec == EC_SMC64)
		bh_snprintf(buf, size, "immediate 0x%x", (u32)FIELD_GET(esr, 15, 0));
	else
		bh_snprintf(buf, size, "%s", "");
}
