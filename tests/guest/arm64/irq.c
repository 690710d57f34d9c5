// SPDX-License-Identifier: Apache-2.0
/* The GIC (Arm IHI 0069, IHI 0048) and the virtual timer, as far as a small guest needs them. */
#include "../guest_arch.h"

#define GICD_CTLR 0x000U
#define GICD_CTLR_ARE (1U << 4)
#define GICD_CTLR_ENABLE 3U /* both groups, or group 1 and its alias */
#define GICD_IGROUPR 0x080U
#define GICD_ISENABLER 0x100U
#define GICD_IPRIORITYR 0x400U
#define GICD_ITARGETSR 0x800U
#define GICD_ICFGR 0xc00U
#define GICD_IROUTER 0x6000U
#define GICR_TYPER 0x008U
#define GICR_TYPER_LAST (1U << 4)
#define GICR_WAKER 0x014U
#define GICR_SGI 0x10000U
#define GICR_STRIDE 0x20000U
#define GICC_CTLR 0x000U
#define GICC_PMR 0x004U
#define GICC_IAR 0x00cU
#define GICC_EOIR 0x010U

#define PRIVATE 32U
#define LINES 256U
#define SPURIOUS 1020U
#define PRIORITY 0x80U
#define AFFINITY 0xffffffU

static uintptr_t dist, redists, interface; /* interface 0: system registers */
static void (*handlers[LINES])(u32 intid);
static bool ready;

static void write32(uintptr_t at, u32 value)
{
	*(volatile u32 *)at = value;
}

static u32 read32(uintptr_t at)
{
	return *(volatile u32 *)at;
}

static u64 mpidr(void)
{
	u64 id;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(id));
	return id;
}

/* This CPU's redistributor. */
static uintptr_t redist(void)
{
	uintptr_t at = redists;

	while (read32(at + GICR_TYPER + 4U) != (u32)(mpidr() & AFFINITY) &&
	       (read32(at + GICR_TYPER) & GICR_TYPER_LAST) == 0U)
		at += GICR_STRIDE;
	return at;
}

static void interface_init(void)
{
	if (interface != 0U) {
		write32(interface + GICC_PMR, 0xf0);
		write32(interface + GICC_CTLR, 1);
		return;
	}
	write32(redist() + GICR_WAKER, 0);
	__asm__ volatile("msr s3_0_c12_c12_5, %0\n\t" /* ICC_SRE_EL1 */
			 "isb\n\t"
			 "msr s3_0_c4_c6_0, %1\n\t"   /* ICC_PMR_EL1 */
			 "msr s3_0_c12_c12_7, %2\n\t" /* ICC_IGRPEN1_EL1 */
			 "isb" ::"r"(7UL),
			 "r"(0xf0UL), "r"(1UL));
}

/* A GICv2 and a GICv3 of the description have the distributor first. */
void guest_irq_init(void)
{
	const u32 v3 = guest_node("arm,gic-v3", 0);
	const u32 node = v3 != 0U ? v3 : guest_node("arm,cortex-a15-gic", 0);
	u64 first = 0;
	u64 second = 0;
	u64 size;

	guest_check(guest_reg(node, 0, &first, &size) && guest_reg(node, 1, &second, &size));
	dist = (uintptr_t)first;
	redists = v3 != 0U ? (uintptr_t)second : 0U;
	interface = v3 != 0U ? 0U : (uintptr_t)second;
	write32(dist + GICD_CTLR, v3 != 0U ? GICD_CTLR_ARE | GICD_CTLR_ENABLE : 1U);
	interface_init();
	ready = true;
}

static void shared_route(u32 intid)
{
	if (interface != 0U) {
		*(volatile u8 *)(dist + GICD_ITARGETSR + intid) = 1;
		return;
	}
	*(volatile u64 *)(dist + GICD_IROUTER + 8U * intid) = mpidr() & AFFINITY;
}

void guest_irq_enable(u32 intid, bool edge, void (*fn)(u32 intid))
{
	const bool private = intid < PRIVATE;
	const uintptr_t base = private && interface == 0U ? redist() + GICR_SGI : dist;
	const uintptr_t config = base + GICD_ICFGR + intid / 16U * 4U;
	const u32 bit = 2U << (2U * (intid % 16U));

	guest_check(intid < LINES);
	handlers[intid] = fn;
	if (interface == 0U)
		write32(base + GICD_IGROUPR + intid / 32U * 4U,
			read32(base + GICD_IGROUPR + intid / 32U * 4U) | 1U << (intid % 32U));
	*(volatile u8 *)(base + GICD_IPRIORITYR + intid) = PRIORITY;
	if (intid >= 16U)
		write32(config, edge ? read32(config) | bit : read32(config) & ~bit);
	if (!private)
		shared_route(intid);
	write32(base + GICD_ISENABLER + intid / 32U * 4U, 1U << (intid % 32U));
}

static u32 acknowledge(void)
{
	u64 intid;

	if (interface != 0U)
		return read32(interface + GICC_IAR);
	__asm__ volatile("mrs %0, s3_0_c12_c12_0\n\tdsb sy" : "=r"(intid)::"memory");
	return (u32)intid;
}

static void end(u32 intid)
{
	if (interface != 0U)
		write32(interface + GICC_EOIR, intid);
	else
		__asm__ volatile("msr s3_0_c12_c12_1, %0\n\tisb" ::"r"((u64)intid) : "memory");
}

void guest_irq_take(void)
{
	u32 raw = acknowledge();

	while ((raw & 0x3ffU) < SPURIOUS) {
		const u32 intid = raw & 0x3ffU;

		if (intid < LINES && handlers[intid] != NULL)
			handlers[intid](intid);
		end(raw);
		raw = acknowledge();
	}
}

bool guest_arch_interrupt(u32 vector)
{
	if (vector != GUEST_VECTOR_IRQ || !ready)
		return false;
	guest_irq_take();
	return true;
}

void guest_irq_on(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

void guest_irq_off(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

void guest_irq_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

void guest_timer_set(u64 deadline)
{
	__asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" ::"r"(deadline),
			 "r"(1UL)
			 : "memory");
}

void guest_timer_stop(void)
{
	__asm__ volatile("msr cntv_ctl_el0, %0\n\tisb" ::"r"(0UL) : "memory");
}
