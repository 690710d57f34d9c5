/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake architecture: the contract of include/bulkhead/arch/ on the host, and the handles by
 * which a test turns it. fake_reset() gives every test the same machine.
 */
#ifndef FAKE_ASM_FAKE_H
#define FAKE_ASM_FAKE_H

#include <bulkhead/arch/irqchip.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

/*
 * Ends every CPU thread, forgets regions, pending interrupts and alarms, sets time to 0 at
 * 1,000,000 ticks a second, and lets this thread play CPU 0.
 */
void fake_reset(void);

/* ---- how a CPU comes to its end ---- */

enum fake_end {
	FAKE_RETURNED, /* the function came back */
	FAKE_HALT,     /* cpu_halt() */
	FAKE_RESET,    /* firmware_reset() */
	FAKE_OFF,      /* firmware_off() */
	FAKE_SIM_EXIT, /* firmware_sim_exit(); its status is in fake_sim_status */
};

/* Runs fn(arg) on this thread until it returns or ends the CPU, and says which. */
enum fake_end fake_end_of(void (*fn)(void *arg), void *arg);
extern u32 fake_sim_status;

/* ---- time: every read of the clock moves it by fake_tick_step ---- */

void fake_time_set(u64 ticks);
void fake_tick_step_set(u64 ticks);
/* Frequency that timer_cpu_init() finds; 0 makes it fail with BH_ENODEV. */
void fake_hz_set(u64 hz);
/* Forgets that timer_cpu_init() ran: timer_hz() answers 0 again. */
void fake_timer_forget(void);

/* ---- device registers and memory by physical address ---- */

/* A model of registers; @off counts from the region's start, @width is in bytes. */
struct fake_device {
	u64 (*read)(void *ctx, u64 off, u32 width);
	void (*write)(void *ctx, u64 off, u32 width, u64 v);
	void *ctx;
};

/*
 * Puts a device, or @size bytes of host memory at @mem, at physical address @pa, where mmu_map()
 * finds it. What is nowhere cannot be mapped. Devices are reached by mmio_*() only: to
 * dereference what mmu_map() returns for one is a fault.
 */
void fake_mmio_add(hpa_t pa, u64 size, const struct fake_device *dev);
void fake_ram_add(hpa_t pa, void *mem, u64 size);
void fake_port_add(u16 first, u16 count, const struct fake_device *dev);

/* Number of mappings that are not taken back. */
u32 fake_mappings(void);

/* ---- interrupts ---- */

/* The controller's operations, for irqchip_register(). */
extern const struct irqchip_ops fake_irqchip;

/* Makes @id pending on logical CPU @cpu. */
void fake_irq_raise(u32 cpu, enum irq_id id);

/* Loses every interrupt of kind @id from now on. */
void fake_irq_lose(enum irq_id id);

/* ---- other CPUs: each a thread ---- */

enum fake_start {
	FAKE_START_OK,      /* a thread enters bulkhead_secondary_main() */
	FAKE_START_REFUSED, /* smp_start() answers BH_EIO */
	FAKE_START_SILENT,  /* smp_start() answers 0 and nothing comes */
};

void fake_smp_set(u32 cpu, enum fake_start how);

/* ---- stage 2 ---- */

/* Format of the tables, how many tags there are, and whether one flush reaches every CPU. */
void fake_s2_set(enum pt_kind kind, u32 tags, bool broadcast);
/* Called at each flush, on the CPU that flushes, after it was counted. */
void fake_s2_on_invalidate(void (*fn)(void));
/* Flushes made on @cpu. */
u64 fake_s2_invalidated(u32 cpu);

/* ---- partitions ---- */

/* First word of a payload that vplat_linux() takes; the second: offset from the start of RAM. */
#define FAKE_LINUX 0x78756e4cU

/* Steps that the reset of a vcpu, or of an interrupt controller, takes. */
#define FAKE_RESET_STEPS 3U

/* What was asked of a partition's interrupt controller. */
struct virq;
struct fake_virq {
	u32 vcpus, resets, pends, last, bound;
	bool level;
	u32 messages; /* virq_message() */
	u64 address;
	u32 data;
	u64 doorbell; /* what virq_doorbell() says; a test sets it */
};
struct fake_virq *fake_virq(struct virq *q);

/* ---- what a dump shows ---- */

/* The call chain that stack_walk() answers, innermost first; @pcs must stay. */
void fake_stack_set(const uintptr_t *pcs, u32 count);

/* Bytes that firmware_entropy() gives come from @seed; 0: there is no source. */
void fake_entropy_set(u64 seed);

#endif
