/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: why a guest stopped, in words both architectures share, and what is done about it.
 *
 * The architecture's exit path decodes the hardware's reason into one struct exit, once; common
 * code (core/vm/trap.c) decides; the architecture carries the decision out. What the hardware
 * said stays in `reason` and `syndrome` for logs and tests, and decides nothing.
 */
#ifndef BULKHEAD_ARCH_EXIT_H
#define BULKHEAD_ARCH_EXIT_H

#include <bulkhead/lib/types.h>

enum exit_class {
	EXIT_IRQ,       /* an interrupt of Bulkhead's own is pending: take it, then resume */
	EXIT_HYPERCALL, /* HVC, VMCALL or VMMCALL of the guest's kernel */
	EXIT_FIRMWARE,  /* SMC */
	EXIT_MEMORY,    /* stage 2 refused an access */
	EXIT_PORT,      /* I/O port */
	EXIT_SYSREG,    /* system register, MSR or control register */
	EXIT_CPUID,     /* x86 only */
	EXIT_WAIT,      /* WFI, WFE, HLT, MWAIT */
	EXIT_EXCEPTION, /* an exception of the guest that Bulkhead intercepts */
	EXIT_SHUTDOWN,  /* triple fault */
	EXIT_ERROR,     /* hardware reports an error of what it did for the guest: SError */
	EXIT_REFUSED,   /* our legality table, or the hardware, refused to enter the guest */
	EXIT_UNKNOWN,   /* a reason this build does not know */
	EXIT_CLASSES
};

/* An access that stage 2 refused. */
struct exit_memory {
	gpa_t gpa; /* exact if gpa_exact, else of the page */
	gva_t gva; /* if gva_valid */
	bool gpa_exact;
	bool gva_valid;
	bool read, write, exec;
	bool table_walk; /* the guest's own walk: for a fetch (exec), to update its table (write) */
	bool permission; /* mapped, with fewer rights than asked; else not mapped */
	bool decoded;    /* hardware decoded the instruction (ESR.ISV): the fields below hold */
	u8 size;         /* bytes */
	u16 reg;         /* index in the register file; REG_ZERO reads 0 and drops writes */
	bool sign;       /* a load is sign-extended ... */
	u8 reg_size;     /* ... to so many bytes */
};

struct exit_port {
	u16 port;
	u8 size;
	bool in;
	bool string, rep; /* INS/OUTS: refused by common code */
};

struct exit_sysreg {
	u32 id;  /* arm64: op0:op1:CRn:CRm:op2 as in ISS; x86: MSR number, or 0x10000000 + CR */
	u16 reg; /* register file index of the operand */
	bool write;
};

struct exit {
	enum exit_class class;
	u32 reason;   /* ESR_EL2.EC, VM-exit reason, EXITCODE */
	u8 length;    /* of the instruction; 0: not known, ask insn.h */
	u64 syndrome; /* ESR_EL2.ISS, exit qualification, EXITINFO1 */
	union {
		struct exit_memory memory;
		struct exit_port port;
		struct exit_sysreg sysreg;
		u32 vector; /* EXIT_EXCEPTION */
	};
};

/* What common code decided. */
enum trap_result {
	TRAP_RESUME, /* the instruction is done: continue behind it */
	TRAP_RETRY,  /* execute the instruction again */
	TRAP_PARK,   /* leave the guest; vcpu_run() returns, the instruction is retried later */
	TRAP_INJECT, /* the fault given to vcpu_inject() is taken instead of the instruction */
	TRAP_STOP,   /* the partition cannot go on; vcpu_run() returns */
};

/* Faults Bulkhead gives to a guest, by what they mean. */
enum fault_kind {
	FAULT_UNDEFINED,      /* Undefined Instruction; #UD */
	FAULT_PROTECTION,     /* arm64: Undefined; x86: #GP(code) */
	FAULT_EXTERNAL_DATA,  /* synchronous external abort on data; x86: #MC is not used: #GP(0) */
	FAULT_EXTERNAL_FETCH, /* the same on an instruction */
	FAULT_PAGE,           /* x86: #PF(code) at gva; arm64: permission fault at gva */
};

struct fault {
	enum fault_kind kind;
	u32 code;  /* x86 error code */
	gva_t gva; /* faulting address where the kind has one */
};

/* Fault and class names for logs ("memory", "undefined"); static storage. */
const char *exit_class_name(enum exit_class class);

#endif
