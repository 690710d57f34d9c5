/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC of a partition, GICv3 (Arm IHI 0069) or GICv2 (IHI 0048) as the machine has: the
 * model of distributor and redistributors, and how it meets the CPU interface in hardware.
 *
 * An interrupt's pending and active state is in the model, or in a list register of one vcpu
 * (in_lr). vgic_sync() folds the list registers of the vcpu that is loaded on this CPU back into
 * the model and fills them anew with what is most urgent. Other CPUs never touch them: they leave
 * a request and kick. What is called pure here knows no hardware but struct vgic_ops.
 */
#ifndef ASM_VGIC_H
#define ASM_VGIC_H

/* Offsets that assembly uses; checked in vgic_hw.c. */
#define VGIC_CPU_READY 0
#define VGIC_CPU_TAKEN 8

/* vgic_fast() beside enum trap_result. */
#define VGIC_FAST_REST 16
#define LR_PINTID_SHIFT 32
#define LR_PINTID_BITS 10

#ifndef __ASSEMBLER__

#include <asm/vplat.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/lib/types.h>

#define VGIC_VCPUS_MAX CONFIG_MAX_CPUS
/* INTIDs below this one: the same on every machine, so that a guest sees the same controller. */
#define VGIC_LINES 288U
#define VGIC_WORDS (VGIC_LINES / 32U)
#define VGIC_PRIVATE 32U
#define VGIC_SGIS 16U
#define VGIC_LRS_MAX 16U
#define VGIC_APRS 4U
#define VGIC_NOWHERE 0xffffffffU

/* The five priority bits that every implementation has. */
#define VGIC_PRIORITY_BITS 0xf8U

/* Private interrupts that are physical ones of the CPU the vcpu is loaded on (BSA 1.0, 3.6). */
#define VGIC_PPI_PMU 23U
#define VGIC_PPI_VTIMER 27U
#define VGIC_PPI_PTIMER 30U

/* ICH_LR<n>_EL2 */
#define LR_ACTIVE BIT(63)
#define LR_PENDING BIT(62)
#define LR_STATE (LR_ACTIVE | LR_PENDING)
#define LR_HW BIT(61)
#define LR_GROUP1 BIT(60)
#define LR_PRIORITY_SHIFT 48U
#define LR_EOI BIT(41)
#define LR_VINTID 0x3ffULL
#define LR_SOURCE_SHIFT 10U /* GICv2: the vcpu that sent an SGI */
#define LR_SOURCE BITS(12, 10)

/* GICD_CTLR with one security state: affinity routing always, no group 0. */
#define GICD_CTLR_GRP1 BIT(1)
#define GICD_CTLR_FIXED (BIT(4) | BIT(6))
#define GICD_CTLR_PENDING_WRITE BIT(31)

/* 32 interrupts, a bit each. */
struct vgic_irqs {
	u32 enabled;
	u32 latch;      /* pending by an edge or by a write */
	u32 line;       /* level of the input */
	u32 active;     /* not counting what is in a list register */
	u32 edge;       /* edge-triggered */
	u32 in_lr;      /* in a list register of its vcpu */
	u32 no_pending; /* in_lr: to be taken away when the list register is folded */
	u32 no_active;
	u32 physical; /* the physical interrupt is active, and we are to end that */
	u32 retaken;  /* in_lr, and taken again since: that list register is done with */
};

/*
 * Where the hardware is direct (vgic_ops), list register 0 is for the virtual timer before all
 * others, and while @ready is not 0 nothing else is in it: world.S writes @ready there when the
 * timer's interrupt is taken, and leaves in @taken what it has written until the model looks.
 */
#define VGIC_DIRECT_LR 0U

/* One vcpu: what its guest can change. */
struct vgic_cpu {
	/* Written by the CPU that has the vcpu loaded, atomic for others; 0: the long way. */
	u64 ready;
	u64 taken;
	struct vgic_irqs irqs; /* SGIs and PPIs */
	u8 priority[VGIC_PRIVATE];
	u8 lr_of[VGIC_PRIVATE]; /* in_lr: which one */
	u32 waker;
	/* GICv2: which vcpus have sent each SGI, atomic; whose is being handled. */
	u8 source[VGIC_SGIS];
	u8 active_source[VGIC_SGIS];
	u32 request;   /* what others ask: VGIC_REQUEST_*; atomic */
	u32 loaded_on; /* logical CPU, or VGIC_NOWHERE */
	u32 last_on;
	u32 lr_used;  /* this and lr: others read them, atomic where no lock is held */
	u32 lr_stale; /* folded, and not yet filled anew */
	u32 lr_soft;  /* pending by latch, not by the line */
	u32 again;    /* SGIs in list registers, for vgic_again() */
	u64 lr[VGIC_LRS_MAX];
	u64 vmcr;
	u64 ap0r[VGIC_APRS], ap1r[VGIC_APRS];
	u32 control;   /* VGIC_CONTROL_* in force */
	u32 asked;     /* vcpus whose folding a read waits for */
	u64 asked_for; /* address of that read */
	u64 folds;     /* how often the list registers were folded */
	u64 wanted;    /* a write wants folds to get this far */
	u64 asked_folds[VGIC_VCPUS_MAX];
} __aligned(64);

#define VGIC_REQUEST_SGIS 0xffffU /* a bit for each that was sent */
#define VGIC_REQUEST_LOOK BIT(16) /* the model has changed */

#define VGIC_STATE_VERSION 2U

/* Everything a guest can change; no pointers. vgic_state_fields says how it is reset. */
struct vgic_state {
	u32 version;
	u32 vcpus;
	u32 ctlr;
	u32 busy;                            /* words of shared[] that have a bit of state */
	struct vgic_irqs shared[VGIC_WORDS]; /* [0] is not used: private ones are the vcpus' */
	u8 priority[VGIC_LINES];
	u8 home[VGIC_LINES]; /* in_lr or active: the vcpu */
	u32 affinity[VGIC_LINES];
	u8 target[VGIC_LINES]; /* vcpu of that affinity, or 0xff */
	struct vgic_cpu cpu[VGIC_VCPUS_MAX];
};

/* How a field comes back at reset. */
enum vgic_field_kind {
	FIELD_RESET,    /* to its value */
	FIELD_FIXED,    /* set at boot, never changed by a guest */
	FIELD_MONOTONIC /* goes on: a count, where it ran last */
};

struct vgic_field {
	const char *name;
	u32 offset, size; /* in struct vgic_state; of struct vgic_cpu where per_cpu */
	bool per_cpu;
	u8 kind;
	u8 width;  /* of the elements of an array, 1, 4 or 8 bytes */
	u64 value; /* of each element */
};

extern const struct vgic_field vgic_fields[];
extern const u32 vgic_field_count;

/* What else the CPU interface is told. */
#define VGIC_CONTROL_MORE 1U   /* interrupt when no list register is pending */
#define VGIC_CONTROL_ACTIVE 2U /* interrupt when something is ended that is in none */
#define VGIC_CONTROL_DIR 4U    /* trap deactivation */

struct virq;

/* Hardware: list registers and control of the vcpu loaded on this CPU. */
struct vgic_ops {
	bool direct; /* world.S can reach the list registers */
	/* Does the guest's end of an interrupt end the physical one that it is linked to? */
	bool (*linked)(void);
	u32 (*lr_count)(void);
	void (*lr_read)(u32 set, u64 *lr);
	void (*lr_write)(u32 set, const u64 *lr);
	void (*lr_set)(u32 n, u64 value);
	/* The same unless what is there is pending or active. */
	bool (*lr_reuse)(u32 n, u64 value);
	void (*control)(u32 flags);
	/* Ends that met no list register, since the last call. */
	u32 (*ends)(void);
	/* Are priority drop and deactivation apart (EOImode 1)? */
	bool (*split)(void);
	/* The physical number of a bound interrupt; its input; the end of its active state. */
	u32 (*physical)(u32 intid);
	bool (*line)(u32 intid);
	void (*deactivate)(u32 intid);
	/* A bound shared interrupt, and where it goes. */
	void (*enable)(u32 intid, bool on);
	void (*route)(u32 intid, u32 cpu);
	void (*kick)(struct virq *q, u32 vcpu);
};

struct vcpu_arch;

struct virq {
	struct spinlock lock;
	const struct vgic_ops *ops;
	u32 version; /* 2 or 3 */
	u32 lrs;     /* list registers of an interface */
	bool direct;
	bool linked;
	u32 redists;               /* how many: GICv2 has none */
	u32 dist;                  /* enum vgic_frame: the distributor */
	u64 typer[VGIC_VCPUS_MAX]; /* GICR_TYPER of each */
	struct vcpu_arch *vcpu[VGIC_VCPUS_MAX];
	u32 bound[VGIC_WORDS]; /* shared interrupts that are physical ones */
	u32 closed;            /* vcpus whose physical interrupts are off: virq_lines() */
	struct vgic_state s;
} __aligned(64);

/* ---- pure: the model (vgic_model.c). With the lock held but where it says otherwise. ---- */

/* Boot: a GICv@version, @vcpus vcpus, nothing bound. */
void vgic_init(struct virq *q, u32 version, u32 vcpus, const struct vgic_ops *ops);
/*
 * One step of virq_reset(): physical interrupts that the guest has enabled or not ended, then by
 * the table of fields. No vcpu is loaded from the first to the last.
 */
int vgic_reset_step(struct virq *q, u32 *at);

/* Folds and fills the list registers of @n, which is loaded here. */
void vgic_sync(struct virq *q, u32 n);
/* What others have asked of @n, which is loaded here. */
void vgic_receive(struct virq *q, u32 n);
/* What world.S has done meanwhile for vcpu @n, which is loaded here, the model knows afterwards. */
void vgic_absorb(struct vgic_cpu *c);
/*
 * Folds only: afterwards the model has all there is of @n. Returns the other vcpus that what was in
 * its list registers concerns now.
 */
u32 vgic_fold(struct virq *q, u32 n);

/* vcpus of @set look at the model: at once if loaded here, else by request and kick. */
void vgic_notify(struct virq *q, u32 set);

/* The word of interrupt @intid as vcpu @n sees it, and its bit. */
struct vgic_irqs *vgic_irqs(struct virq *q, u32 n, u32 intid);

/* in_lr of a word, and what may come into a list register of vcpu @n at any moment. */
u32 vgic_held(const struct virq *q, u32 n, u32 word);

/* The vcpu that a shared interrupt concerns now; VGIC_NOWHERE: none. */
u32 vgic_owner(const struct virq *q, u32 intid);

/* Whom a change of the interrupts @bits of a word concerns: a set of vcpus. */
u32 vgic_concerned(struct virq *q, u32 n, u32 word, u32 bits);

/* The physical interrupt behind @intid was taken, for vcpu @n if it is private. */
void vgic_physical(struct virq *q, u32 n, u32 intid);

/*
 * Where nobody but vcpu @n, which is loaded here, can reach what is its own (GICv2), no lock is
 * held: the same of a private interrupt, and the end of those that no list register is linked to.
 * False: that takes the long way.
 */
bool vgic_physical_own(struct virq *q, u32 n, u32 intid);
bool vgic_ended_own(struct virq *q, u32 n);

/*
 * Makes private interrupt @intid pending in a list register of vcpu @n, which is loaded here, with
 * @extra (LR_HW, physical number) in it. False: nothing was done, that takes the long way.
 */
bool vgic_place(struct virq *q, u32 n, u32 intid, u64 extra);
/* An edge of private interrupt @intid of vcpu @n, which is loaded here: the long way. */
void vgic_raise_private(struct virq *q, u32 n, u32 intid);

/* An edge, or the level, of shared interrupt @intid. */
void vgic_raise(struct virq *q, u32 intid);
void vgic_line(struct virq *q, u32 intid, bool high);

/* Deactivation by vcpu @n of an interrupt, wherever it is. */
void vgic_deactivate(struct virq *q, u32 n, u32 intid);

/* Is anything deliverable that vcpu @n has not got in a list register? */
bool vgic_pending(struct virq *q, u32 n);

/* Pure. A write of ICC_SGI1R_EL1 by vcpu @n. No lock is held. */
void vgic_sgi(struct virq *q, u32 n, u64 value);
/* Pure. GICv3: an SGI to another vcpu. True: that one is to be kicked. No lock is held. */
static inline bool vgic_post(struct vgic_cpu *to, u32 intid)
{
	return __atomic_fetch_or(&to->request, 1U << intid, __ATOMIC_SEQ_CST) == 0U;
}

/*
 * Pure. GICv3: what makes SGI @intid of @c, which is loaded here, pending once more where it was
 * before, list register lr_of, if nothing is pending or active there by now. 0: nothing does. No
 * lock is held: nothing but that list register changes, and who takes the SGI away folds it first.
 */
static inline u64 vgic_again(const struct vgic_cpu *c, u32 intid)
{
	return (c->again >> intid & 1U) != 0U ? c->lr[c->lr_of[intid]] : 0U;
}

/* Pure. An SGI of vcpu @n, which is loaded here, to itself. No lock is held. */
void vgic_send_self(struct virq *q, u32 n, u32 intid);
/* Pure. SGI @intid of vcpu @n to a set of vcpus. No lock is held. */
void vgic_send(struct virq *q, u32 n, u32 targets, u32 intid);

/* ---- pure: registers (vgic_regs.c) ---- */

#define VGIC_FRAME_SHIFT 16U
#define VGIC_REDIST_SHIFT 17U

enum vgic_frame { VGIC_GICD, VGIC_RD, VGIC_SGI, VGIC_GICD2, VGIC_FRAMES };

enum vgic_kind {
	VGIC_RO,    /* reset value, always */
	VGIC_RW,    /* bits outside read_only hold what is written */
	VGIC_SET,   /* ones are set; reads the set */
	VGIC_CLEAR, /* ones are cleared; reads the set */
	VGIC_WO     /* reads 0 */
};

struct vgic_access;

/* One row: @count registers of @width bytes side by side. */
struct vgic_row {
	const char *name;
	u8 frame, kind, width;
	u8 missing; /* the architecture has more of it than there is here */
	u8 by_vcpu; /* its value is struct virq's typer, not reset */
	u16 sizes;  /* set of access sizes: bit n for n bytes */
	u32 offset, count;
	u32 end; /* of the last one */
	u64 reset;
	u64 read_only;
	u64 (*read)(struct vgic_access *x);
	void (*write)(struct vgic_access *x, u64 value);
};

/* Once, before any access. */
void vgic_regs_init(void);

extern const struct vgic_row vgic_rows[];
extern const u32 vgic_row_count;

/* An access, decoded. */
struct vgic_access {
	struct virq *q;
	u32 self;  /* vcpu that makes it */
	u32 cpu;   /* vcpu whose redistributor it is; self for the distributor */
	u32 index; /* register of the row */
	u64 at;    /* frame and offset: what a repeated read is known by */
	enum trap_result result;
};

/*
 * @offset in @frame of @cpu, by vcpu @self, which is loaded here. No lock is held. Anything that is
 * no register, or not of that size, reads 0 and drops writes. TRAP_RETRY: another vcpu was asked
 * for its share, try again; @value is as it was.
 */
enum trap_result vgic_register(struct virq *q, u32 self, u32 cpu, enum vgic_frame frame, u64 offset,
			       u32 size, bool write, u64 *value);

#endif
#endif
