/* SPDX-License-Identifier: Apache-2.0 */
/* The controller as a guest programs it, and what the parts of this guest share. */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include "../../../guest/guest.h"
#include "../src/device.h"

#define GICD 0x08000000ULL
#define GICR(n) (0x080a0000ULL + (u64)(n) * 0x20000ULL)
#define GICR_SGI(n) (GICR(n) + 0x10000ULL)

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define REG_ISENABLER 0x0100U
#define REG_ICENABLER 0x0180U
#define REG_ISPENDR 0x0200U
#define REG_ICPENDR 0x0280U
#define REG_ISACTIVER 0x0300U
#define REG_ICACTIVER 0x0380U
#define REG_IPRIORITYR 0x0400U
#define REG_ICFGR 0x0c00U
#define GICD_IROUTER 0x6000U

#define SPURIOUS 1023U
#define SPI 40U /* the first of those the tests use */
#define VTIMER 27U
#define PTIMER 30U

static inline void write32(u64 at, u32 value)
{
	__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline u32 read32(u64 at)
{
	u32 value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void write64(u64 at, u64 value)
{
	__asm__ volatile("str %0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline u64 read64(u64 at)
{
	u64 value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void write8(u64 at, u32 value)
{
	__asm__ volatile("strb %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline u32 read8(u64 at)
{
	u32 value;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void write16(u64 at, u32 value)
{
	__asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline u32 read16(u64 at)
{
	u32 value;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

#define ICC_(name) ICC_##name
#define ICC_PMR S3_0_C4_C6_0
#define ICC_IAR1 S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_BPR1 S3_0_C12_C12_3
#define ICC_CTLR S3_0_C12_C12_4
#define ICC_SRE S3_0_C12_C12_5
#define ICC_IGRPEN1 S3_0_C12_C12_7
#define ICC_DIR S3_0_C12_C11_1
#define ICC_RPR S3_0_C12_C11_3
#define ICC_SGI1R S3_0_C12_C11_5
#define ICC_ASGI1R S3_0_C12_C11_6
#define ICC_SGI0R S3_0_C12_C11_7

#define STR_(x) #x
#define STR(x) STR_(x)
#define reg_write(reg, value) \
	__asm__ volatile("msr " STR(reg) ", %0\n\tisb" ::"r"((u64)(value)) : "memory")
#define reg_read(reg)                                                               \
	({                                                                          \
		u64 reg_value_;                                                     \
		__asm__ volatile("mrs %0, " STR(reg) : "=r"(reg_value_)::"memory"); \
		reg_value_;                                                         \
	})

/* ---- the CPU interface: system registers, or GICC ---- */

#define GICC 0x08010000ULL
#define GICC_CTLR 0x0000U
#define GICC_PMR 0x0004U
#define GICC_BPR 0x0008U
#define GICC_IAR 0x000cU
#define GICC_EOIR 0x0010U
#define GICC_DIR 0x1000U
#define GICD_SGIR 0x0f00U

extern bool version2;

#define ACCESS(name, reg, offset)                             \
	static inline void icc_##name(u64 value)              \
	{                                                     \
		if (version2)                                 \
			write32(GICC + (offset), (u32)value); \
		else                                          \
			reg_write(reg, value);                \
	}
ACCESS(pmr, ICC_PMR, GICC_PMR)
ACCESS(bpr, ICC_BPR1, GICC_BPR)
ACCESS(eoir, ICC_EOIR1, GICC_EOIR)
ACCESS(dir, ICC_DIR, GICC_DIR)

static inline u32 icc_iar(void)
{
	return version2 ? read32(GICC + GICC_IAR) : (u32)reg_read(ICC_IAR1);
}

/* Priority drop and deactivation apart, or not; enabled. */
static inline void icc_split(bool split)
{
	if (version2)
		write32(GICC + GICC_CTLR, split ? 0x201 : 0x1);
	else
		reg_write(ICC_CTLR, split ? 2U : 0U);
}

/* A write of ICC_SGI1R_EL1, or what comes to the same. */
static inline void icc_sgi(u64 value)
{
	const u32 all_others = (value >> 40 & 1U) != 0U ? 1U << 24 : 0U;

	if (version2)
		write32(GICD + GICD_SGIR,
			(u32)(value >> 24 & 0xfU) | (u32)(value & 0xffU) << 16 | all_others);
	else
		reg_write(ICC_SGI1R, value);
}

static inline void irqs_on(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

static inline void irqs_off(void)
{
	__asm__ volatile("msr daifset, #2\n\tisb" ::: "memory");
}

static inline u64 private_base(u32 intid)
{
	return intid < 32U && !version2 ? GICR_SGI(0) : GICD;
}

/* Registers of interrupt @intid; private ones are those of vcpu 0. */
static inline u64 gic_at(u32 reg, u32 intid)
{
	return private_base(intid) + reg + intid / 32U * 4U;
}

static inline u32 gic_bit(u32 intid)
{
	return 1U << (intid % 32U);
}

static inline u32 gic_state(u32 reg, u32 intid)
{
	return (read32(gic_at(reg, intid)) & gic_bit(intid)) != 0U ? 1U : 0U;
}

static inline void gic_set(u32 reg, u32 intid)
{
	write32(gic_at(reg, intid), gic_bit(intid));
}

static inline void gic_priority(u32 intid, u32 priority)
{
	write8(private_base(intid) + REG_IPRIORITYR + intid, priority);
}

/* A shared interrupt goes to one vcpu. */
static inline void gic_route(u32 intid, u32 vcpu)
{
	if (version2)
		write8(GICD + 0x800U + intid, 1U << vcpu);
	else
		write64(GICD + GICD_IROUTER + 8U * intid, vcpu);
}

/* Called for each acknowledged interrupt of vcpu 0, before it is ended. */
extern void (*on_irq)(u32 intid);

/* What has been taken, in order. */
#define TAKEN_MAX 64U
extern volatile u32 taken_count;
extern volatile u32 taken[TAKEN_MAX];
void taken_none(void);
/* Checks that exactly these were taken, in order, and forgets them. */
void expect_taken(const char *what, u32 line, const u32 *list, u32 count);

#define expect(...)                                                    \
	expect_taken(__func__, __LINE__, (const u32[]){ __VA_ARGS__ }, \
		     (u32)(sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32)))

/* An edge interrupt, enabled, with a priority, for vcpu 0. */
void setup(u32 intid, u32 priority);
/* Some time passes with interrupts on. */
void settle(void);
/* In ticks: nothing that is to come takes as long, even on a simulator that has other work. */
#define LONG_TIME 3000000000ULL
/* Until @count were taken, or for a long while. */
void await(u32 count);

/* ---- vcpu 1 ---- */

/* What it does next; it sets it back to 0 when done. */
enum task {
	TASK_NONE,
	TASK_PEND,
	TASK_SGI,
	TASK_DIR,
	TASK_WAIT,
	TASK_READ_ACTIVE,
	TASK_READ_PENDING,
	TASK_MEASURE_SPIN,
	TASK_MEASURE_WFI
};
void second_start(void);
/* Waits for the answer; TASK_NONE: to what it was told before. */
u64 second_do(enum task task, u64 arg);
void second_tell(enum task task, u64 arg);
extern volatile u32 second_taken[16];
extern volatile u32 second_total;

/* ---- groups of tests ---- */
void test_registers(void);
void test_interrupts(void);
void test_second(void);
void test_others(void);

/* How many there are, by GICv3's redistributors. */
u32 vcpus(void);
void measure(void);

#endif
