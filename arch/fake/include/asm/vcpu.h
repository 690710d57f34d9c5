/* SPDX-License-Identifier: Apache-2.0 */
/* A vcpu that plays a list of exits. */
#ifndef FAKE_ASM_VCPU_H
#define FAKE_ASM_VCPU_H

#define FAKE_REGS 16U
#define FAKE_VECTORS 4U

/* One exit the guest makes, and what came of it. */
struct fake_exit {
	struct exit exit;
	u64 call[7];                 /* EXIT_HYPERCALL: in and out */
	enum trap_result result;     /* out */
	struct fault fault;          /* out, TRAP_INJECT */
	void (*before)(void *guest); /* what the guest does before it, with the vcpu's `guest` */
};

struct vcpu_arch {
	struct vcpu *vcpu; /* first */
	void *guest;
	struct fake_exit *script;
	u32 script_length;
	u32 done; /* exits taken */
	u64 reg[FAKE_REGS];
	u64 vector[FAKE_VECTORS][2];
	u64 pc;
	u64 flags;
	bool loaded;
	bool waits_trap;   /* vcpu_trap_waits() */
	bool lines_closed; /* virq_lines() */
	bool nested;       /* its exits belong to a hypervisor inside */
	bool injected;
	struct fault fault;
	enum trap_result emulate; /* what vcpu_emulate() answers */
	u32 emulated;             /* how often it was asked */
	int insn_err;             /* what vcpu_insn() answers, with */
	struct insn insn;
	const struct vcpu_peers *peers; /* vcpu_peers_set() */
};

static inline bool exit_is_ours(const struct vcpu_arch *v, const struct exit *e)
{
	(void)e;
	return !v->nested;
}

#endif
