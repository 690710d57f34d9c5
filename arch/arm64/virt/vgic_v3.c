// SPDX-License-Identifier: Apache-2.0
/* The virtual CPU interface of GICv3 hardware (Arm IHI 0069, 12.4): ICH_*_EL2. */
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/base/panic.h>

#include "vgic_hw.h"

#define SYS_ICH_AP0R(n) S3_4_C12_C8_##n
#define SYS_ICH_AP1R(n) S3_4_C12_C9_##n

#define ICH_HCR_EN BIT(0)
#define ICH_HCR_LRENPIE BIT(2)
#define ICH_HCR_NPIE BIT(3)
#define ICH_HCR_TDIR BIT(14)
#define ICH_HCR_EOICOUNT_HI 31U
#define ICH_HCR_EOICOUNT_LO 27U
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VTR_PREBITS(vtr) (FIELD_GET(vtr, 28, 26) + 1U)

/* Registers 0 to 7 and 8 to 15 of the list are in two rows of encodings. */
#define EACH_LR(X)            \
	X(0, S3_4_C12_C12_0)  \
	X(1, S3_4_C12_C12_1)  \
	X(2, S3_4_C12_C12_2)  \
	X(3, S3_4_C12_C12_3)  \
	X(4, S3_4_C12_C12_4)  \
	X(5, S3_4_C12_C12_5)  \
	X(6, S3_4_C12_C12_6)  \
	X(7, S3_4_C12_C12_7)  \
	X(8, S3_4_C12_C13_0)  \
	X(9, S3_4_C12_C13_1)  \
	X(10, S3_4_C12_C13_2) \
	X(11, S3_4_C12_C13_3) \
	X(12, S3_4_C12_C13_4) \
	X(13, S3_4_C12_C13_5) \
	X(14, S3_4_C12_C13_6) \
	X(15, S3_4_C12_C13_7)

static u64 lr_get(u32 n)
{
	switch (n) {
#define GET(number, encoding) \
	case number:          \
		return read_sysreg(encoding);
		EACH_LR(GET)
	default:
		BUG_ON(true);
		return 0;
	}
}

static void lr_set(u32 n, u64 value)
{
	switch (n) {
#define SET(number, encoding)                  \
	case number:                           \
		write_sysreg(encoding, value); \
		break;
		EACH_LR(SET)
	default:
		BUG_ON(true);
		break;
	}
}

static bool lr_reuse(u32 n, u64 value)
{
	switch (n) {
#define REUSE(number, encoding)                               \
	case number:                                          \
		if ((read_sysreg(encoding) & LR_STATE) != 0U) \
			return false;                         \
		write_sysreg(encoding, value);                \
		return true;
		EACH_LR(REUSE)
	default:
		BUG_ON(true);
		return false;
	}
}

static u32 lr_count(void)
{
	return (u32)FIELD_GET(read_sysreg(SYS_ICH_VTR_EL2), 4, 0) + 1U;
}

static void lr_read(u32 set, u64 *lr)
{
	vgic_lrs_read(set, lr, lr_get);
}

static void lr_write(u32 set, const u64 *lr)
{
	vgic_lrs_write(set, lr, lr_set);
}

/* Writing the register forgets the ends it has counted. */
static void control(u32 flags)
{
	u64 hcr = ICH_HCR_EN;

	if ((flags & VGIC_CONTROL_MORE) != 0U)
		hcr |= ICH_HCR_NPIE;
	if ((flags & VGIC_CONTROL_ACTIVE) != 0U)
		hcr |= ICH_HCR_LRENPIE;
	if ((flags & VGIC_CONTROL_DIR) != 0U)
		hcr |= ICH_HCR_TDIR;
	write_sysreg(SYS_ICH_HCR_EL2, hcr);
}

static u32 ends(void)
{
	const u64 hcr = read_sysreg(SYS_ICH_HCR_EL2);

	write_sysreg(SYS_ICH_HCR_EL2, hcr & ~BITS(ICH_HCR_EOICOUNT_HI, ICH_HCR_EOICOUNT_LO));
	return (u32)FIELD_GET(hcr, ICH_HCR_EOICOUNT_HI, ICH_HCR_EOICOUNT_LO);
}

static bool split(void)
{
	return (read_sysreg(SYS_ICH_VMCR_EL2) & ICH_VMCR_VEOIM) != 0U;
}

/* Active priorities: a register for each 32 preemption levels. */
#define EACH_APR(c, from, to)                                                   \
	do {                                                                    \
		const u64 bits = ICH_VTR_PREBITS(read_sysreg(SYS_ICH_VTR_EL2)); \
		MOVE_##from##_##to(c, 0);                                       \
		if (bits >= 6U)                                                 \
			MOVE_##from##_##to(c, 1);                               \
		if (bits >= 7U) {                                               \
			MOVE_##from##_##to(c, 2);                               \
			MOVE_##from##_##to(c, 3);                               \
		}                                                               \
	} while (0)
#define MOVE_hw_memory(c, n)                                 \
	do {                                                 \
		(c)->ap0r[n] = read_sysreg(SYS_ICH_AP0R(n)); \
		(c)->ap1r[n] = read_sysreg(SYS_ICH_AP1R(n)); \
	} while (0)
#define MOVE_memory_hw(c, n)                                 \
	do {                                                 \
		write_sysreg(SYS_ICH_AP0R(n), (c)->ap0r[n]); \
		write_sysreg(SYS_ICH_AP1R(n), (c)->ap1r[n]); \
	} while (0)

static void load(const struct vgic_cpu *c)
{
	write_sysreg(SYS_ICH_VMCR_EL2, c->vmcr);
	EACH_APR(c, memory, hw);
	control(c->control);
}

static void put(struct vgic_cpu *c)
{
	c->vmcr = read_sysreg(SYS_ICH_VMCR_EL2);
	EACH_APR(c, hw, memory);
	write_sysreg(SYS_ICH_HCR_EL2, 0);
}

/*
 * ICC_SRE_EL2.Enable = 0: ICC_SRE_EL1 traps, so no guest can switch system registers off. List
 * registers of a loader would interrupt the first guest.
 */
static int cpu_init(void)
{
	const u32 count = lr_count();

	write_sysreg(SYS_ICC_SRE_EL1, VGIC_SRE_VALUE);
	write_sysreg(SYS_ICC_SRE_EL2, VGIC_SRE_VALUE);
	for (u32 i = 0; i < count; i++)
		lr_set(i, 0);
	return 0;
}

const struct vgic_interface vgic_v3 = {
	.ops = {
		.direct = true,
		.lr_count = lr_count,
		.lr_read = lr_read,
		.lr_write = lr_write,
		.lr_set = lr_set,
		.lr_reuse = lr_reuse,
		.control = control,
		.ends = ends,
		.split = split,
		VGIC_HW_OPS,
	},
	.version = 3,
	.vcpus_max = VGIC_VCPUS_MAX,
	.cpu_init = cpu_init,
	.load = load,
	.put = put,
};
