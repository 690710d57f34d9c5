// SPDX-License-Identifier: Apache-2.0
/*
 * Two vcpus take turns on one CPU, each through the same faults, traps and register checks with
 * numbers of its own; one comes all the way from real mode; then one that ends itself and one that
 * must not be entered.
 */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/vcpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

#include "program.h"

#define ANY (~0ULL)

struct expected_fault {
	const char *what;
	u64 vector, code, cr2, cpl;
};

static const struct expected_fault faults[FAULTS] = {
	{ "read of nothing", VEC_GP, 0, ANY, 0 },
	{ "write to a read-only page", VEC_GP, 0, ANY, 0 },
	{ "WRMSR of a reserved type in PAT", VEC_GP, 0, ANY, 0 },
	{ "RDMSR of FEATURE_CONTROL", VEC_GP, 0, ANY, 0 },
	{ "WRMSR of S_CET", VEC_GP, 0, ANY, 0 },
	{ "WRMSR of EFER.SVME", VEC_GP, 0, ANY, 0 },
	{ "RDPMC", VEC_GP, 0, ANY, 0 },
	{ "VMXOFF", VEC_UD, 0, ANY, 0 },
	{ "VMRUN", VEC_UD, 0, ANY, 0 },
	{ "XSETBV", VEC_UD, 0, ANY, 0 },
	{ "INVD", VEC_UD, 0, ANY, 0 },
	{ "MONITOR", VEC_UD, 0, ANY, 0 },
	{ "MWAIT", VEC_UD, 0, ANY, 0 },
	{ "UD2", VEC_UD, 0, ANY, 0 },
	{ "page fault", VEC_PF, 0, GUEST_UNMAPPED, 0 },
	{ "INS from a port", VEC_GP, 0, ANY, 0 },
	{ "single step", VEC_DB, 0, ANY, 0 },
	{ "hypercall of user mode", VEC_UD, 0, ANY, 3 },
	{ "interrupt", VECTOR, 0, ANY, 0 },
	{ "NMI", VEC_NMI, 0, ANY, 0 },
	/* From here on VMX alone: SVM leaves these to the CPU. */
	{ "CR4.CET", VEC_GP, 0, ANY, 0 },
	{ "CR4.PKS", VEC_GP, 0, ANY, 0 },
	{ "CR4.VMXE", VEC_GP, 0, ANY, 0 },
	{ "reserved bit of CR4", VEC_GP, 0, ANY, 0 },
	{ "CR8 above 15", VEC_GP, 0, ANY, 0 },
	{ "CR0.NW without CD", VEC_GP, 0, ANY, 0 },
	{ "paging off in 64-bit code", VEC_GP, 0, ANY, 0 },
	{ "CR0 above bit 31", VEC_GP, 0, ANY, 0 },
	{ "INT1", VEC_DB, 0, ANY, 0 },
	/* Bochs 2.7 under SVM takes this trap in Bulkhead, before its own state is back. */
	{ "single step over CPUID", VEC_DB, 0, ANY, 0 },
};

struct expected_value {
	const char *what;
	u64 value;
};

static const struct expected_value values[VALUES] = {
	{ "CPUID: a hypervisor, neither VMX nor XSAVE", BIT(31) },
	{ "CR0.CD as the guest wrote it", CR0_CD },
	{ "CR4", CR4_PAE | CR4_OSFXSR },
	{ "CR8 as the guest wrote it", 5 },
	{ "EFER", EFER_NXE | EFER_LMA | EFER_LME },
	{ "PAT at reset", 0x0007040600070406ULL },
	/* On SVM the CPU sets it; Bochs does not. */
	{ "DR6.BS after a single step", BIT(14) },
	{ "IN of a byte", 0x112233d2 },
	{ "IN of a word", 0x1122c3d2 },
	{ "IN of 32 bits", 0xa5a5c3d2 },
	{ "MSRs that changed while the vcpu was away", 0 },
	{ "PAT as the guest wrote it", 0x0404040401010101ULL },
	{ "debug registers that changed", 0 },
	{ "CR2 changed", 0 },
	{ "XMM0 or XMM15 changed", 0 },
	{ "PKRU changed", 0 },
	{ "port nobody has, behind MOV SS", 0xff },
};

static u32 failures;

void check(u32 vcpu, const char *what, const char *which, u64 found, u64 expected)
{
	if (found == expected || expected == ANY)
		return;
	failures++;
	log_error("vcpu %u: %s: %s 0x%llx, expected 0x%llx", vcpu, what, which,
		  (unsigned long long)found, (unsigned long long)expected);
}

static void check_fault(u32 vcpu, const struct expected_fault *f, const u64 *found)
{
	check(vcpu, f->what, "vector", found[0], f->vector);
	check(vcpu, f->what, "error code", found[1], f->code);
	check(vcpu, f->what, "CR2", found[2], f->cr2);
	check(vcpu, f->what, "CPL", found[3], f->cpl);
	check(vcpu, f->what, "distance of RIP", found[4], 0);
}

static void check_own(u32 n)
{
	check(n, "registers of Bulkhead's own behind an exit", "changed", seen[n].changed, 0);
	check(n, "end", "reached", seen[n].end ? 1U : 0U, 1);
}

static void check_vcpu(u32 n, const struct vcpu *v)
{
	const u64 *found = machine_results(n);
	const u32 count = backend_is_vmx() ? FAULTS : FAULTS_BOTH;

	for (u32 i = 0; i < count; i++)
		check_fault(n, &faults[i], &found[i * (FAULT_BYTES / 8U)]);
	for (u32 i = 0; i < VALUES; i++) {
		if (i != VALUE_DR6 || backend_is_vmx())
			check(n, values[i].what, "value", found[VALUES_AT / 8U + i],
			      values[i].value);
	}
	check(n, "exits", "unknown", v->exits[EXIT_UNKNOWN], 0);
	check_own(n);
}

static void give_event(const struct vcpu *v, u8 type, u8 vector)
{
	v->arch->inject = (struct x86_event){ .valid = true, .type = type, .vector = vector };
}

/* Turn by turn: to the first parking, with an interrupt to the second, with an NMI to the end. */
static void check_turns(void)
{
	struct vcpu *v[GUEST_VCPUS];

	for (u32 i = 0; i < GUEST_VCPUS; i++) {
		v[i] = machine_vcpu(i, false, 0);
		check(i, "turn 1", "result", vcpu_go(v[i]), TRAP_PARK);
		give_event(v[i], EVENT_INTR, VECTOR);
	}
	for (u32 i = 0; i < GUEST_VCPUS; i++) {
		check(i, "turn 2", "result", vcpu_go(v[i]), TRAP_PARK);
		give_event(v[i], EVENT_NMI, VEC_NMI);
	}
	for (u32 i = 0; i < GUEST_VCPUS; i++) {
		check(i, "turn 3", "result", vcpu_go(v[i]), TRAP_PARK);
		check_vcpu(i, v[i]);
	}
}

static void check_real_mode(void)
{
	struct vcpu *v = machine_vcpu(0, true, 0);

	check(0, "real mode", "result", vcpu_go(v), TRAP_PARK);
	check(0, "long mode", "EFER", machine_results(0)[LONG_AT / 8U],
	      EFER_NXE | EFER_LMA | EFER_LME);
	check(0, "exits", "unknown", v->exits[EXIT_UNKNOWN], 0);
	check_own(0);
}

/* #UD cannot be delivered, nor the #GP given for that, nor the double fault the two make. */
static void check_no_stack(void)
{
	struct vcpu *v = machine_vcpu(0, false, ARG_NO_STACK);

	check(0, "no stack", "result", vcpu_go(v), TRAP_STOP);
	check(0, "no stack", "exit", v->stop.class, EXIT_SHUTDOWN);
	check(0, "no stack", "memory exits", v->exits[EXIT_MEMORY], 3);
}

static void check_refusal(void)
{
	struct vcpu *v = machine_vcpu(0, false, 0);

	vcpu_reg_set(v->arch, REG_CR0, CR0_PG | CR0_ET);
	check(0, "paging in real mode", "result", vcpu_go(v), TRAP_STOP);
	check(0, "paging in real mode", "exit", v->stop.class, EXIT_REFUSED);
}

/* Every CPU here has leaves of 2 MiB, and none the errata that forbid them. */
static void check_leaves(void)
{
	check(0, "stage 2", "leaf of a page", machine_leaf(GPA(GUEST_RAM)), PAGE_SIZE);
	check(0, "stage 2", "leaf of 2 MiB", machine_leaf(GPA(GUEST_LARGE)), GUEST_LARGE_SIZE);
}

static int guest_x86(void)
{
	check_leaves();
	check_turns();
	check_real_mode();
	check_triple_fault();
	check_no_stack();
	check_refusal();
	log_info("result: %s", failures == 0U ? "passed" : "failed");
	firmware_sim_exit(failures == 0U ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(guest_x86, 9, 90, guest_x86);
