// SPDX-License-Identifier: Apache-2.0
#include <asm/decode.h>
#include <asm/desc.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

/* SDM volume 3, table 7-1; 28 to 30: APM volume 2, table 8-1. */
static const char *const names[VEC_EXCEPTIONS] = {
	[0] = "#DE divide error",
	[1] = "#DB debug",
	[2] = "NMI",
	[3] = "#BP breakpoint",
	[4] = "#OF overflow",
	[5] = "#BR bound range",
	[6] = "#UD invalid opcode",
	[7] = "#NM no coprocessor",
	[8] = "#DF double fault",
	[10] = "#TS invalid TSS",
	[11] = "#NP segment not present",
	[12] = "#SS stack segment",
	[13] = "#GP general protection",
	[14] = "#PF page fault",
	[16] = "#MF x87 error",
	[17] = "#AC alignment check",
	[18] = "#MC machine check",
	[19] = "#XM SIMD error",
	[20] = "#VE virtualization",
	[21] = "#CP control protection",
	[28] = "#HV hypervisor injection",
	[29] = "#VC VMM communication",
	[30] = "#SX security",
};

/* SDM volume 3, section 7.15, #CP: error code 14:0. */
static const char *const cp_reason[] = {
	[1] = "near return to another address than the shadow stack's",
	[2] = "far return or IRET to another address than the shadow stack's",
	[3] = "indirect branch to something else than ENDBR",
	[4] = "RSTORSSP without a restore token",
	[5] = "SETSSBSY without a free supervisor token",
};

const char *exc_name(u64 vector)
{
	if (vector >= VEC_EXCEPTIONS || names[vector] == NULL)
		return "reserved exception";
	return names[vector];
}

/* SDM volume 3, figure 5-12. */
static void decode_page_fault(u64 error, char *buf, size_t size)
{
	const char *access = "read of";
	const char *why = "a page that is not present";

	if ((error & BIT(4)) != 0U)
		access = "fetch from";
	else if ((error & BIT(1)) != 0U)
		access = "write to";
	if ((error & BIT(3)) != 0U)
		why = "a page whose entry has reserved bits set";
	else if ((error & BIT(6)) != 0U)
		why = "a shadow stack page, or a shadow stack access to another page";
	else if ((error & BIT(5)) != 0U)
		why = "a page whose protection key forbids it";
	else if ((error & BIT(0)) != 0U)
		why = "a page that does not allow it";
	bh_snprintf(buf, size, "%s %s%s", access, why,
		    (error & BIT(2)) != 0U ? " (user mode)" : "");
}

/* SDM volume 3, figure 7-7. */
static void decode_selector(u64 error, char *buf, size_t size)
{
	const char *table = (error & BIT(2)) != 0U ? "LDT" : "GDT";

	if ((error & BIT(1)) != 0U)
		table = "IDT";
	if ((error & 0xffffU) == 0U)
		bh_snprintf(buf, size, "no descriptor involved");
	else
		bh_snprintf(buf, size, "%s entry %llu%s", table,
			    (unsigned long long)(error & 0xffffU) >> 3,
			    (error & BIT(0)) != 0U ? ", external event" : "");
}

static void decode_control_protection(u64 error, char *buf, size_t size)
{
	u64 code = error & 0x7fffU;
	const char *why = "unknown reason";

	if (code < ARRAY_SIZE(cp_reason) && cp_reason[code] != NULL)
		why = cp_reason[code];
	bh_snprintf(buf, size, "%s%s", why, (error & BIT(15)) != 0U ? " (in an enclave)" : "");
}

void exc_error_decode(u64 vector, u64 error, char *buf, size_t size)
{
	if (size != 0U)
		buf[0] = '\0';
	switch (vector) {
	case VEC_TS:
	case VEC_NP:
	case VEC_SS:
	case VEC_GP:
		decode_selector(error, buf, size);
		break;
	case VEC_PF:
		decode_page_fault(error, buf, size);
		break;
	case VEC_CP:
		decode_control_protection(error, buf, size);
		break;
	default:
		break;
	}
}

void bits_decode(u64 v, const struct bit_name *bit_names, size_t count, char *buf, size_t size)
{
	size_t used = 0;

	if (size == 0U)
		return;
	buf[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(bit_names[i].name) + (used != 0U ? 1U : 0U);

		if ((v & BIT(bit_names[i].bit)) == 0U || len >= size - used)
			continue;
		bh_snprintf(buf + used, size - used, "%s%s", used != 0U ? " " : "",
			    bit_names[i].name);
		used += len;
	}
}
