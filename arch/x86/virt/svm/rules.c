// SPDX-License-Identifier: Apache-2.0
/*
 * What a VMCB must be (APM volume 2, 15.5.1, 15.20, 15.25.3). Fields are named by their offset and
 * read as 64 bits that start there. Pure: tested on the host.
 */
#include <asm/msr.h>

#include "../legal.h"
#include "vmcb.h"

#define F(name) ((u32)offsetof(struct vmcb, name))
#define ZERO(name, mask) { F(name), (mask), 0 }
#define ONE(name, mask) { F(name), (mask), (mask) }
#define CS_ATTRIBUTES (F(segment) + 16U)
#define CS_L BIT(25) /* of the 64 bits of the segment: attributes from bit 16 on */
#define CS_D BIT(26)
#define CR4_DEFINED 0xff7fffULL /* up to CET, bit 23 */
#define EFER_DEFINED 0x37fd01ULL

static const struct legal_rule rules[] = {
	{ "EFER.SVME is clear", ONE(efer, EFER_SVME), { { 0 } } },
	{ "CR0.NW without CR0.CD", ZERO(cr0, BIT(29)), { ZERO(cr0, BIT(30)) } },
	{ "CR0 has bits above 31", ZERO(cr0, BITS(63, 32)), { { 0 } } },
	{ "CR4 has reserved bits", ZERO(cr4, ~CR4_DEFINED), { { 0 } } },
	{ "DR6 has bits above 31", ZERO(dr6, BITS(63, 32)), { { 0 } } },
	{ "DR7 has bits above 31", ZERO(dr7, BITS(63, 32)), { { 0 } } },
	{ "EFER has reserved bits", ZERO(efer, ~EFER_DEFINED), { { 0 } } },
	{ "long mode and paging without CR4.PAE",
	  ONE(cr4, CR4_PAE),
	  { ONE(efer, EFER_LME), ONE(cr0, CR0_PG) } },
	{ "long mode and paging without CR0.PE",
	  ONE(cr0, CR0_PE),
	  { ONE(efer, EFER_LME), ONE(cr0, CR0_PG) } },
	{ "64-bit code segment with CS.D",
	  { CS_ATTRIBUTES, CS_D, 0 },
	  { ONE(efer, EFER_LME),
	    ONE(cr0, CR0_PG),
	    ONE(cr4, CR4_PAE),
	    { CS_ATTRIBUTES, CS_L, CS_L } } },
	{ "VMRUN is not intercepted", ONE(intercept_2, INTERCEPT_VMRUN), { { 0 } } },
	{ "SHUTDOWN is not intercepted", ONE(intercept_1, INTERCEPT_SHUTDOWN), { { 0 } } },
	{ "interrupts are not intercepted",
	  ONE(intercept_1, INTERCEPT_INTR | INTERCEPT_NMI),
	  { { 0 } } },
	{ "ports and MSRs are not intercepted",
	  ONE(intercept_1, INTERCEPT_IOIO_PROT | INTERCEPT_MSR_PROT),
	  { { 0 } } },
	{ "interrupts are masked by the guest", ONE(v_intr, V_INTR_MASKING), { { 0 } } },
	{ "nested paging is off", ONE(np_control, NP_ENABLE), { { 0 } } },
	{ "N_CR3 is not page-aligned", ZERO(n_cr3, PAGE_MASK), { { 0 } } },
	{ "an event is injected that cannot be (EVENTINJ)",
	  ZERO(eventinj, BITS(30, 12)),
	  { ONE(eventinj, EVENT_V) } },
};

static const struct legal_rule rule_asid = { "ASID 0 is the host's",
					     { F(asid), BITS(31, 0), 1 },
					     { { 0 } } };
static const struct legal_rule rule_pat = { "G_PAT has a reserved type",
					    ZERO(g_pat, ~0ULL),
					    { { 0 } } };
static const struct legal_rule rule_wide = { "N_CR3 is beyond physical memory",
					     ZERO(n_cr3, ~0ULL),
					     { { 0 } } };

static u64 read_field(const void *ctx, u32 field)
{
	u64 v;

	__builtin_memcpy(&v, (const u8 *)ctx + field, sizeof(v));
	return v;
}

const struct legal_rule *svm_check(const struct vmcb *b, u32 phys_bits, u64 *found)
{
	if (b->asid == 0U) {
		*found = 0;
		return &rule_asid;
	}
	if (!legal_pat(b->g_pat)) {
		*found = b->g_pat;
		return &rule_pat;
	}
	if ((b->n_cr3 >> phys_bits) != 0U) {
		*found = b->n_cr3;
		return &rule_wide;
	}
	return legal_check(rules, ARRAY_SIZE(rules), read_field, b, found);
}
