/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the EL2 backend as they see each other. What is called pure reads and writes nothing
 * but its arguments, so that the host tests it.
 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

#include <asm/sysreg.h>
#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

struct s2;
struct vcpu_fp;

/* HCR_EL2 of every guest; APK, API and TERR besides where the CPU has the feature. */
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FB BIT(9)
#define HCR_BSU_INNER BIT(10)
#define HCR_TWI BIT(13)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TGE BIT(27)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_APK BIT(40)
#define HCR_API BIT(41)
#define HCR_HOST (BIT(HCR_RW_SHIFT) | (u64)(HCR_AMO | HCR_IMO | HCR_FMO))
#define HCR_GUEST                                                                                \
	(HCR_HOST | HCR_VM | HCR_SWIO | HCR_PTW | HCR_FB | HCR_BSU_INNER | HCR_TSC | HCR_TIDCP | \
	 HCR_TACR | HCR_TLOR)

/* CPTR_EL2 while a guest is loaded: trace, SVE, SME and activity monitors trap, FP does not. */
#define CPTR_GUEST 0x401033ffULL

/* PSTATE as SPSR_EL2 has it. */
#define PSTATE_M BITS(4, 0)
#define PSTATE_EL0T 0x0U
#define PSTATE_EL1T 0x4U
#define PSTATE_EL1H 0x5U
#define PSTATE_A32 BIT(4)
#define PSTATE_DAIF BITS(9, 6)
#define PSTATE_BTYPE BITS(11, 10)
#define PSTATE_SS BIT(21)
#define PSTATE_RESET (PSTATE_DAIF | PSTATE_EL1H)

/* A system register as EC 0x18 names it: the ISS with Rt and direction 0. */
#define SYSREG_ID(op0, op1, crn, crm, op2)                                           \
	((u32)(op0) << 20 | (u32)(op2) << 17 | (u32)(op1) << 14 | (u32)(crn) << 10 | \
	 (u32)(crm) << 1)

/*
 * Pure. What the syndrome of a synchronous exception from the guest says. Where gpa_exact is
 * false after a permission fault, HPFAR_EL2 does not hold the address: translate gva.
 */
void exit_decode(struct exit *e, u64 esr, u64 far, u64 hpfar);

/* EL1's side of an exception. */
struct el1_entry {
	u64 pc, pstate; /* where the guest goes on, and how */
	u64 elr, spsr;  /* what it will return to */
	u64 esr, far;
	bool far_valid;
};

/* Where it is taken, and by whose rules. */
struct el1_origin {
	u64 esr; /* the syndrome of the exit that it comes from, which tells a write or a walk */
	u64 pc, pstate;
	u64 sctlr, vbar; /* SCTLR_EL1, VBAR_EL1 */
	s32 walk_level;  /* where fault_is_of_walk(): the level of the table that was not there */
};

/* Pure. Is it the guest's own walk that met nothing? @esr: of an abort, where @fault is one. */
bool fault_is_of_walk(const struct fault *fault, u64 esr);

/* Pure. */
void fault_to_el1(struct el1_entry *out, const struct fault *fault, const struct el1_origin *from);

/* Stage 1 of a guest, as TCR_EL1 and TTBR0_EL1 or TTBR1_EL1 have it. */
struct walk {
	u64 tcr, ttbr[2];
	bool big_endian; /* SCTLR_EL1.EE */
	/* Eight bytes of the guest's memory; an error: they cannot be read. */
	int (*read)(void *ctx, gpa_t at, u64 *value);
	void *ctx;
};

/*
 * Pure. The level, -1 to 3, of the last table that a walk for @gva looks into: one that cannot be
 * read, or has no table behind its entry (Arm ARM D8.2).
 */
s32 walk_level(const struct walk *w, u64 gva);

/* What the legality table looks at. */
struct legal_state {
	u64 pstate, pc, hcr, vttbr, vtcr, vmpidr;
	u64 pa_range;  /* ID_AA64MMFR0_EL1.PARange, at most 5 */
	u64 pa_end;    /* one past the highest physical address */
	u64 t0sz_min;  /* 64 - input address bits the CPU can translate */
	u64 tag_count; /* VMIDs the CPU has */
	u64 sl0;       /* what goes with VTCR_EL2.T0SZ */
	u64 root_size; /* bytes of the root tables side by side, to which they are aligned */
};

/* Pure. Fills in sl0 and root_size. */
void legal_root(struct legal_state *s);

struct legal_finding {
	const char *what;
	u64 found, expected; /* of the bits that count */
};

/* Pure. Number of the first rule that is broken, from 1, with @out; 0: legal. */
u32 legal_check(const struct legal_state *s, struct legal_finding *out);

/* The table applied to a vcpu: 0, or logs what is wrong and returns the number of the rule. */
u32 vcpu_legal(struct vcpu_arch *v, u64 *found);

/* VTCR_EL2 and VTTBR_EL2 that put a stage 2 in force. */
u64 s2_vtcr(const struct pt_format *f);
u64 s2_vttbr(const struct s2 *s2);

/*
 * While EL1's registers and VTTBR_EL2 do not belong together no walk may start: its result would
 * carry the wrong VMID (Cortex-A57 erratum 1319537, A72 1319367: speculative AT).
 */
struct el1_walks {
	u64 tcr, sctlr;
};
void el1_walks_stop(void);
struct el1_walks el1_walks_get(void);
void el1_walks_go(const struct el1_walks *w);

/* Widths and counts of this CPU, as the ID registers say. */
u32 s2_pa_range(void);

/*
 * Stage 1 of the loaded guest for a read of one address. False if it does not translate any more:
 * another of the guest's CPUs has changed its tables.
 */
bool guest_translate(u64 gva, u64 *gpa);

/* The register file in hardware. */
u64 sysreg_read(u32 index);
void sysreg_write(u32 index, u64 value);
bool sysreg_present(u32 index);

/*
 * The vcpu's interrupt controller, if it has one (vgic.c): to hardware and back; what others have
 * asked of it; the system registers of it that trap (false: not one of them).
 */
int vgic_cpu_init(void);

/* regs.c. Each CPU, before a vcpu is reset on it. */
void regs_cpu_init(void);
void vgic_interface_reset(struct vcpu_arch *v);
void vgic_load(struct vcpu_arch *v);
void vgic_put(struct vcpu_arch *v);
void vgic_poll(struct vcpu_arch *v);
/*
 * vgic_fast.c, called by world.S before x19 to x28 are saved. TRAP_RESUME: done, to be stepped
 * over; TRAP_RETRY. Nothing was done where it answers TRAP_PARK, the long way, or VGIC_FAST_REST:
 * to be called again with @all, when they are.
 */
u32 vgic_fast(struct vcpu_arch *v, u32 all);
/*
 * An interrupt has ended the guest's run. True: back into it at once. @acknowledged: as
 * upcall_irq_taken() wants it.
 */
bool vgic_fast_irq(struct vcpu_arch *v, u32 acknowledged);
bool vgic_sysreg(struct vcpu_arch *v, const struct exit_sysreg *s);

/* world.S: into the guest, until guest_exit() says otherwise. */
enum trap_result world_run(struct vcpu_arch *v);
void world_fp_save(struct vcpu_fp *fp);
void world_fp_load(const struct vcpu_fp *fp);

/*
 * Called by world.S with everything saved; @vector: VECTOR_*. TRAP_RESUME: back into the guest;
 * else the end of vcpu_run().
 */
enum trap_result guest_exit(struct vcpu_arch *v, u32 vector);

/* idregs.c. Does this CPU have something in its ID registers that guests must not see? */
bool idregs_trap(void);

/* What a guest reads from the ID register @id of the ISS; false: it is none. */
bool idregs_read(u32 id, u64 *value);

#endif
