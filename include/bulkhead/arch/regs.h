/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: a vcpu's state, and running it.
 *
 * struct vcpu_arch (asm/vcpu.h) is opaque to common code. Registers are an indexed file behind two
 * accessors, whatever holds them (memory, VMCS, VMCB); their values at reset are a table
 * (vcpu_reset). Indices 0 to REG_GENERAL - 1 are the general registers in the architecture's own
 * numbering (x0..x30; RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15); the rest are named here or
 * in asm/vcpu.h.
 */
#ifndef BULKHEAD_ARCH_REGS_H
#define BULKHEAD_ARCH_REGS_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/insn.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;
struct vcpu;
struct s2;

#define REG_PC 0x100U    /* address of the instruction to be executed next */
#define REG_FLAGS 0x101U /* SPSR_EL2, RFLAGS */
#define REG_SP 0x102U    /* arm64: SP_EL1; x86: RSP */
#define REG_ZERO 0x1ffU  /* reads 0, drops writes (xzr) */
/* 0x200 and above: the architecture's own, named in asm/vcpu.h. */

/* What an x86 CPU starts in; nothing elsewhere. */
enum start_mode {
	START_REAL,      /* real mode at pc; below 1 MiB CS is that of pc's page */
	START_PROTECTED, /* flat 32-bit segments without paging */
	START_LONG,      /* 64-bit mode with the page tables at `map` */
};

/* How a vcpu is to start. */
struct vcpu_start {
	gpa_t pc;
	u64 arg; /* arm64: x0; START_PROTECTED: EBX; START_LONG: RDI and RSI */
	u32 id;  /* of the vcpu in its partition, from 0: MPIDR affinity, APIC id */
	/* The rest is x86's. */
	enum start_mode mode;
	u32 magic; /* START_PROTECTED: EAX */
	gpa_t map; /* START_LONG: CR3 */
	gpa_t gdt; /* START_LONG: descriptors of CS, 0x10, and the rest, 0x18; 0: there is none */
	gpa_t sp;
};

/* Size of struct vcpu_arch, for those who allocate it without knowing it; 64-byte aligned. */
size_t vcpu_arch_size(void);

/*
 * Boot: chooses the backend of this machine (EL2, VMX, SVM) and prepares this CPU for guests.
 * Each CPU once, boot CPU first. BH_ENODEV when the CPU cannot virtualize, BH_ENOTSUP when it
 * lacks something Bulkhead needs; both are logged with the register that says so.
 */
int virt_cpu_init(void);

/* "EL2", "VMX", "SVM"; NULL before virt_cpu_init(). */
const char *virt_backend(void);

/*
 * One step of at most 1,000 instructions of giving every register its reset value (table of the
 * architecture) and the start of @start. BH_EAGAIN: there is more to do; @at is 0 at first and
 * then says how far it has come, and nothing else is done with @v meanwhile. A reset that is given
 * up is begun again with 0. 0: the vcpu runs under @s2 from its next entry on.
 *
 * The first member of struct vcpu_arch is `struct vcpu *vcpu`, which common code has set before;
 * it stays, and so do the rules of firmware_filter_set().
 */
int vcpu_reset(struct vcpu_arch *v, struct s2 *s2, const struct vcpu_start *start, u32 *at);

/*
 * Asks now whether @v may be entered as it is, which its next entry would do otherwise. If it may
 * not, that entry is refused (EXIT_REFUSED). @v is not loaded.
 */
void vcpu_check(struct vcpu_arch *v);

/* Builds with CONFIG_STATE_HASH: a checksum of all that vcpu_reset() gives a value. Not loaded. */
u32 vcpu_hash(struct vcpu_arch *v);

/*
 * Do waits of the guest (WFI, HLT) exit, or does its CPU sleep with it? They do not unless this was
 * asked for, where hardware leaves the choice. Survives vcpu_reset(). @v is not loaded.
 */
void vcpu_trap_waits(struct vcpu_arch *v, bool trap);

/*
 * A wait of @v, which has its CPU for itself, has exited: sleeps at most once, and not if there is
 * something for the guest. Interrupts may be taken meanwhile.
 */
void vcpu_idle(struct vcpu_arch *v);

/* What a partition's vcpus show of Bulkhead beside its own interface. */
struct vcpu_policy {
	bool kvm; /* x86: KVM's CPUID leaves, clock and hypercalls, which Linux knows */
	/* Features of the CPU by their places in vplat.cpu_feature, beside the default. */
	u64 cpu_show, cpu_hide;
	u64 tsc_hz; /* x86: of its TSC; 0: the machine's */
};

/* Boot: stays over vcpu_reset(). */
int vcpu_policy_set(struct vcpu_arch *v, const struct vcpu_policy *policy);

/*
 * Where the run state (enum vcpu_power, arch/upcall.h) of each vcpu of a partition is, to be read
 * by load_acquire(): calls of firmware ask for it, and are short.
 */
struct vcpu_peers {
	const u32 *power[CONFIG_MAX_CPUS];
	u32 count;
};

/* Boot: stays over vcpu_reset(). Before, @v is its only peer. @p stays. */
void vcpu_peers_set(struct vcpu_arch *v, const struct vcpu_peers *p);

/* One register of a vcpu that does not run on another CPU. An unknown index is a bug. */
u64 vcpu_reg_get(struct vcpu_arch *v, u32 reg);
void vcpu_reg_set(struct vcpu_arch *v, u32 reg, u64 value);

/*
 * Vector register @reg (0..31) as two halves, low first, for insn.simd; what lies above 128 bits
 * becomes zero. Loaded here or nowhere, as above. Only where the decoder knows vector registers.
 */
void vcpu_vector_get(struct vcpu_arch *v, u32 reg, u64 value[2]);
void vcpu_vector_set(struct vcpu_arch *v, u32 reg, const u64 value[2]);

/*
 * Puts the state that stays in hardware between exits on this CPU, and takes it off again. A vcpu
 * is loaded on at most one CPU; run, get and set need it loaded here or nowhere.
 */
void vcpu_load(struct vcpu_arch *v);
void vcpu_put(struct vcpu_arch *v);

/*
 * Runs the loaded vcpu until common code answers an exit with TRAP_PARK or TRAP_STOP, and returns
 * that answer. Every exit is handed to upcall_hypercall() or upcall_exit() on this CPU's stack.
 * Checks the architecture's legality table before the first entry after a change of state.
 */
enum trap_result vcpu_run(struct vcpu_arch *v);

/* Makes @fault the next thing the guest sees. Valid while its exit is handled. */
void vcpu_inject(struct vcpu_arch *v, const struct fault *fault);

/*
 * What only the architecture can answer: EXIT_SYSREG, EXIT_CPUID and EXIT_EXCEPTION, by its own
 * table. Called from upcall_exit(); the result is returned from there. What the table does not
 * have is injected (FAULT_UNDEFINED or FAULT_PROTECTION), never ignored.
 */
enum trap_result vcpu_emulate(struct vcpu_arch *v, struct exit *e);

/*
 * The instruction that made exit @e, when hardware did not decode it: fetched through the guest's
 * own tables and decoded (insn.h). Errors of insn_decode(), BH_EFAULT if it cannot be fetched, or
 * BH_EAGAIN: the guest is to try again, for to find it was all that one exit has time for; nothing
 * was changed then.
 */
int vcpu_insn(struct vcpu_arch *v, const struct exit *e, struct insn *out);

/*
 * Whose exit is it (docs/design.md, section 4, decision 2)? True: Bulkhead's own business. False:
 * it belongs to a hypervisor inside the guest. Without nesting the answer is always true.
 */
static inline bool exit_is_ours(const struct vcpu_arch *v, const struct exit *e);

#include <asm/vcpu.h>

#endif
