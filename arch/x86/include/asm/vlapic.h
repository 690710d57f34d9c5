/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual interrupt controllers of a partition: a local APIC for each vcpu (SDM volume 3,
 * chapter 11), one I/O APIC and a pair of 8259.
 *
 * What a local APIC is belongs to the CPU its vcpu runs on. Other CPUs read single words of it to
 * find whom an interrupt is for, and leave interrupts in `posted` and `events`, which are atomic;
 * the own CPU folds them in before it looks. No lock is taken for that. I/O APIC and 8259 are
 * shared and have LOCK_VIRQ. Everything here is pure but for struct virq_ops.
 */
#ifndef ASM_VLAPIC_H
#define ASM_VLAPIC_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/lib/types.h>

#define VLAPIC_VCPUS_MAX CONFIG_MAX_CPUS
#define VLAPIC_WORDS 8U
#define VLAPIC_BASE 0xfee00000ULL
#define VLAPIC_SIZE 0x1000ULL
#define VIOAPIC_BASE 0xfec00000ULL
#define VIOAPIC_SIZE 0x1000ULL
#define VIOAPIC_PINS 24U

_Static_assert(VLAPIC_VCPUS_MAX <= 32U, "a set of vcpus is a word");

/* IA32_APIC_BASE, IA32_TSC_DEADLINE and the MSRs of x2APIC mode. */
#define VLAPIC_MSR_BASE 0x1bU
#define VLAPIC_MSR_DEADLINE 0x6e0U
#define VLAPIC_MSR_FIRST 0x800U
#define VLAPIC_MSR_LAST 0x8ffU

/* Entries of the local vector table. */
enum vlapic_lvt {
	LVT_CMCI,
	LVT_TIMER,
	LVT_THERMAL,
	LVT_PERF,
	LVT_LINT0,
	LVT_LINT1,
	LVT_ERROR,
	LVT_COUNT
};
#define LVT_MASKED BIT(16)

/* Error status register (SDM volume 3, figure 11-9). */
#define ESR_SEND_VECTOR BIT(5)
#define ESR_RECEIVE_VECTOR BIT(6)
#define ESR_REGISTER BIT(7)

/* Delivery modes of commands, I/O APIC entries and messages. */
enum vlapic_mode {
	MODE_FIXED = 0,
	MODE_LOWEST = 1,
	MODE_SMI = 2,
	MODE_NMI = 4,
	MODE_INIT = 5,
	MODE_STARTUP = 6,
	MODE_EXTINT = 7
};

/* What other CPUs leave: struct vlapic, events. */
#define VLAPIC_NMI 1U
#define VLAPIC_ERROR 2U /* ESR_RECEIVE_VECTOR */
#define VLAPIC_LOOK 4U  /* at the 8259 */

#define VTIMER_OFF (~0ULL)

/* 256 vectors; bit n of `words` is set where w[n] has a bit. */
struct vlapic_set {
	u32 words;
	u32 w[VLAPIC_WORDS];
};

/* The local APIC of a vcpu: what its guest can change. */
struct vlapic {
	u64 base; /* IA32_APIC_BASE */
	u32 id;
	u32 tpr, ldr, dfr, svr;
	u32 esr;    /* as it reads */
	u32 errors; /* since it was written last */
	u64 icr;
	u32 lvt[LVT_COUNT];
	u32 divide, initial;
	u64 deadline;     /* in ticks of timer_now(), or VTIMER_OFF */
	u64 tsc_deadline; /* IA32_TSC_DEADLINE */
	struct vlapic_set irr, isr;
	u32 tmr[VLAPIC_WORDS];
	bool nmi;         /* one waits */
	bool nmi_blocked; /* until an IRET; where the CPU does not keep that */
	u64 sent_fast;    /* commands that left without a lock and without a scan */
	u64 sent_slow;
	/* Of other CPUs; atomic. */
	u32 outstanding __aligned(64); /* something was left here */
	u32 events;
	u32 posted[VLAPIC_WORDS];
	u32 posted_level[VLAPIC_WORDS];
} __aligned(64);

struct vioapic {
	u32 select, id;
	u32 line; /* inputs that are asserted */
	u64 entry[VIOAPIC_PINS];
};

/* One 8259. */
struct vpic_chip {
	u8 irr, isr, imr, elcr, line;
	u8 vector;    /* ICW2 */
	u8 expects;   /* the next write to the data port is ICW2, ICW3 or ICW4; 0: IMR */
	bool needs_4; /* ICW4 follows */
	bool auto_eoi;
	bool rotate; /* with automatic EOI */
	bool read_isr, poll;
	bool special_mask;
	bool ready; /* ICW sequence is done */
	u8 lowest;  /* input of lowest priority */
};

struct vpic {
	struct vpic_chip chip[2];
};

#define VAPIC_STATE_VERSION 1U

/* Everything a guest can change; no pointers. vapic_fields says how each is reset. */
struct vapic_state {
	u32 version;
	u32 vcpus;
	struct vioapic ioapic;
	struct vpic pic;
	struct vlapic cpu[VLAPIC_VCPUS_MAX];
};

/* How a field comes back at reset. */
enum vapic_field_kind {
	VAPIC_RESET,    /* to its value */
	VAPIC_FIXED,    /* set at boot, never changed by a guest */
	VAPIC_MONOTONIC /* counts on */
};

struct vapic_field {
	const char *name;
	u32 offset, size; /* in struct vapic_state; of struct vlapic where per_cpu */
	bool per_cpu;
	bool init; /* per_cpu: an INIT resets it as well */
	u8 kind;
	u8 width;  /* of the elements of an array, 1, 4 or 8 bytes */
	u64 value; /* of each element */
};

extern const struct vapic_field vapic_fields[];
extern const u32 vapic_field_count;

struct virq;
struct vcpu_arch;

/* What the model asks of the vcpus. */
struct virq_ops {
	/* Vcpu @n has something outstanding that it had not. */
	void (*kick)(struct virq *q, u32 n);
	/* The timer of vcpu @n, which is this CPU's, has another deadline. */
	void (*alarm)(struct virq *q, u32 n, u64 deadline);
	u64 (*now)(void);
	/* SIPI to vcpu @n: starts it in real mode at @page << 12 if it is off. */
	void (*start)(struct virq *q, u32 n, u8 page);
	/* INIT: as upcall_vcpu_stop(). */
	int (*stop)(struct virq *q, u32 n);
	/* @pin is bound to a line of the board, which from now on is taken, or is not. */
	void (*line)(struct virq *q, u32 pin, bool open);
};

struct virq {
	struct spinlock lock;
	const struct virq_ops *ops;
	struct vcpu_arch *vcpu[VLAPIC_VCPUS_MAX];
	u32 bound; /* pins of the I/O APIC that are lines of the board; set at boot */
	u32 gsi[VIOAPIC_PINS];
	u32 open;  /* those of them that could be delivered */
	bool shut; /* the partition is out of its window: none is taken */
	struct vapic_state s;
} __aligned(64);

/* ---- state (vlapic_state.c) ---- */

/* Boot: @vcpus vcpus. */
void vapic_init(struct virq *q, u32 vcpus, const struct virq_ops *ops);
/* One step of virq_reset(), by the table of fields; no vcpu runs from the first to the last. */
int vapic_reset_step(struct virq *q, u32 *at);
/* An INIT, and the end of a global disable: by the same table. */
void vlapic_reset(struct vlapic *a);

/* ---- one local APIC, on its own CPU (vlapic.c) ---- */

/* Takes in what others have left. True: there was something. */
bool vlapic_fold(struct vlapic *a);

/* Processor priority (SDM volume 3, section 11.8.3.1). */
u32 vlapic_ppr(const struct vlapic *a);

/* The vector to be delivered now; 0: none. @blocked: the TPR alone holds one back. */
u32 vlapic_next(const struct vlapic *a, bool *blocked);

/* End of the most urgent interrupt in service. Its vector if the I/O APIC is to know; else 0. */
u32 vlapic_eoi(struct vlapic *a);

/* An interrupt of this vcpu itself: by @lvt, or an error for the ESR. */
void vlapic_local(struct vlapic *a, enum vlapic_lvt lvt);
void vlapic_error(struct vlapic *a, u32 bits);

/* Makes @vector pending here. */
void vlapic_accept(struct vlapic *a, u32 vector, bool level);

static inline bool vlapic_on(const struct vlapic *a)
{
	return (a->base & BIT(11)) != 0U;
}

static inline bool vlapic_x2(const struct vlapic *a)
{
	return (a->base & BITS(11, 10)) == BITS(11, 10);
}

/* Software enable, SVR bit 8. */
static inline bool vlapic_enabled(const struct vlapic *a)
{
	return vlapic_on(a) && (a->svr & BIT(8)) != 0U;
}

/* In x2APIC mode the logical id follows from the id (SDM volume 3, section 11.12.10.2). */
static inline u32 vlapic_ldr(const struct vlapic *a)
{
	if (vlapic_x2(a))
		return a->id >> 4 << 16 | 1U << (a->id & 0xfU);
	return *(const volatile u32 *)&a->ldr;
}

static inline u32 vlapic_highest(const struct vlapic_set *s)
{
	const u32 i = (u32)__builtin_clz(s->words | 1U) ^ 31U;

	return s->words == 0U ? 0U : i * 32U + ((u32)__builtin_clz(s->w[i]) ^ 31U);
}

static inline void vlapic_set_add(struct vlapic_set *s, u32 vector)
{
	s->w[vector / 32U] |= 1U << (vector % 32U);
	s->words |= 1U << (vector / 32U);
}

static inline void vlapic_set_remove(struct vlapic_set *s, u32 vector)
{
	u32 *w = &s->w[vector / 32U];

	*w &= ~(1U << (vector % 32U));
	if (*w == 0U)
		s->words &= ~(1U << (vector / 32U));
}

/* An edge is requested of one that is enabled. */
static inline void vlapic_request(struct vlapic *a, u32 vector)
{
	vlapic_set_add(&a->irr, vector);
	a->tmr[vector / 32U] &= ~(1U << (vector % 32U));
}

/* The vector of bit @bit of word @word is delivered: from request to service. */
static inline void vlapic_ack_bit(struct vlapic *a, u32 word, u32 bit)
{
	const u32 mask = 1U << bit;
	const u32 words = 1U << word;
	const u32 left = a->irr.w[word] & ~mask;

	a->irr.w[word] = left;
	if (left == 0U)
		a->irr.words ^= words;
	a->isr.w[word] |= mask;
	a->isr.words |= words;
}

static inline void vlapic_ack(struct vlapic *a, u32 vector)
{
	vlapic_ack_bit(a, vector / 32U, vector % 32U);
}

/* ---- interrupts on their way (ipi.c) ---- */

/* A command, a message or an I/O APIC entry, decoded. */
struct ipi {
	u8 vector;
	u8 mode; /* enum vlapic_mode */
	u8 shorthand;
	bool logical;
	bool level;
	bool wide; /* 32-bit destination */
	u32 dest;
};
#define IPI_NOBODY 0U /* no shorthand */
#define IPI_SELF 1U
#define IPI_ALL 2U
#define IPI_OTHERS 3U

/* ICR @value as x2APIC or xAPIC has it. */
struct ipi ipi_decode(u64 value, bool x2apic);

/* Whom it is for, as a set of vcpus; @self: who sends it, VLAPIC_VCPUS_MAX: no vcpu. */
u32 ipi_targets(const struct virq *q, u32 self, const struct ipi *i);

/*
 * Sends to all of them; bounded by the number of vcpus. @self as above. TRAP_RETRY: INIT was sent
 * and a target is not off yet, try again; TRAP_PARK: the sender itself is switched off.
 */
enum trap_result ipi_send(struct virq *q, u32 self, const struct ipi *i);

/* Leaves a fixed interrupt, or VLAPIC_* events, for vcpu @n. Any CPU. */
void ipi_post(struct virq *q, u32 n, u32 vector, bool level);
void ipi_post_events(struct virq *q, u32 n, u32 events);

/* What a command must be for the short way: fixed, physical, no shorthand. */
#define ICR_SLOW (BITS(19, 18) | BIT(11) | BITS(10, 8))

/*
 * A fixed interrupt to the one vcpu that ICR @value names, without a lock and without a scan.
 * False: nothing was done, it goes the long way.
 */
static inline bool ipi_fast(struct virq *q, struct vlapic *self, u64 value, bool x2apic)
{
	const u32 dest = (u32)(value >> (x2apic ? 32U : 56U));

	if ((value & ICR_SLOW) != 0U || dest >= q->s.vcpus || (value & 0xf0U) == 0U)
		return false;
	self->sent_fast++;
	if (dest == self->id)
		vlapic_accept(self, (u8)value, false);
	else
		ipi_post(q, dest, (u8)value, false);
	return true;
}

/* A message that a device wrote to @address (SDM volume 3, section 11.11). False: no such one. */
bool ipi_message(struct virq *q, u64 address, u32 data);

/* ---- registers (vlapic_regs.c) ---- */

enum vlapic_kind { VLAPIC_NONE, VLAPIC_RO, VLAPIC_RW, VLAPIC_WO };

/* In which modes a register is there. */
#define IN_XAPIC 1U
#define IN_X2APIC 2U
#define IN_BOTH (IN_XAPIC | IN_X2APIC)

struct vlapic_access {
	struct virq *q;
	struct vlapic *a;
	u32 index; /* register of the row */
	bool x2apic;
	enum trap_result result;
};

/* @count registers, 16 bytes apart. */
struct vlapic_row {
	const char *name;
	u16 offset; /* in the page; the MSR is 800h + offset / 16 */
	u8 count;
	u8 first; /* index of the first: enum vlapic_lvt */
	u8 modes;
	u8 kind;
	bool x2_read_only;
	u32 reset;
	u64 reserved; /* xAPIC: written bits are dropped; x2APIC: #GP */
	u64 (*read)(struct vlapic_access *x);
	/* False: #GP in x2APIC mode. */
	bool (*write)(struct vlapic_access *x, u64 value);
};

extern const struct vlapic_row vlapic_rows[];
extern const u32 vlapic_row_count;

/* xAPIC page of vcpu @n, by itself. What is no register reads 0, drops writes and is an error. */
enum trap_result vlapic_page(struct virq *q, u32 n, u64 offset, u32 size, bool write, u64 *value);

/*
 * MSRs of vcpu @n, by itself. TRAP_RESUME; TRAP_INJECT: #GP(0) is due (nothing was changed);
 * TRAP_RETRY.
 */
enum trap_result vlapic_rdmsr(struct virq *q, u32 n, u32 msr, u64 *value);
enum trap_result vlapic_wrmsr(struct virq *q, u32 n, u32 msr, u64 value);

static inline bool vlapic_is_level(const struct vlapic *a, u32 vector)
{
	return (a->tmr[vector / 32U] & 1U << (vector % 32U)) != 0U;
}

/* EOI as a register write does it, I/O APIC included. */
void vlapic_end(struct virq *q, u32 n);

/* ---- timer (vtimer.c), on the own CPU ---- */

/* Registers were written: the deadline that follows. */
void vtimer_start(struct virq *q, struct vlapic *a);
void vtimer_deadline(struct virq *q, struct vlapic *a, u64 value);
/* LVT_TIMER had @old. */
void vtimer_mode(struct virq *q, struct vlapic *a, u32 old);
u32 vtimer_current(const struct virq *q, const struct vlapic *a);
/* What is due at @now fires. Returns the next deadline. */
u64 vtimer_look(struct vlapic *a, u64 now);

/* ---- I/O APIC (vioapic.c) and 8259 (vpic.c), LOCK_VIRQ held ---- */

void vioapic_line(struct virq *q, u32 pin, bool high);
void vioapic_edge(struct virq *q, u32 pin);
/* A local APIC has ended @vector. */
void vioapic_eoi(struct virq *q, u32 vector);
/* @offset in its page. */
u64 vioapic_read(struct virq *q, u64 offset, u32 size);
void vioapic_write(struct virq *q, u64 offset, u32 size, u32 value);

void vpic_line(struct virq *q, u32 irq, bool high);
/* An interrupt for LINT0 waits. */
bool vpic_waits(const struct vpic *p);
/* It is taken: its vector. */
u32 vpic_take(struct vpic *p);
u8 vpic_read(struct vpic *p, u16 port);
void vpic_write(struct virq *q, u16 port, u8 value);

/* Does vcpu @n take what the 8259 offers (LVT LINT0, or global disable on vcpu 0)? */
bool vlapic_takes_pic(const struct vlapic *a);

#endif
