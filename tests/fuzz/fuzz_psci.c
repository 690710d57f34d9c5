// SPDX-License-Identifier: Apache-2.0
/*
 * Any firmware calls of a guest: registers beyond the results stay, a vcpu is started at most once
 * and where something can be executed, and what needs the full frame does nothing on the short one.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/psci.h>
#include <asm/smccc.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/s2.h>

#define VCPUS 4U
#define CODE 0x40000000ULL
#define CODE_SIZE 0x200000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct machine machine;

static struct vcpu_arch vcpu;
static struct s2 s2;
static u32 power[VCPUS];
static struct vcpu_peers peers = { .count = VCPUS };
static bool full; /* the full frame is there */

static void check(bool holds)
{
	if (!holds)
		abort();
}

int upcall_vcpu_on(struct vcpu_arch *v, u32 id, const struct vcpu_start *start)
{
	check(v == &vcpu && id < VCPUS && start->id == id);
	check((start->pc.v & 3U) == 0U && start->pc.v - CODE < CODE_SIZE);
	if (power[id] != VCPU_OFF)
		return power[id] == VCPU_ON ? BH_EBUSY : BH_EAGAIN;
	power[id] = VCPU_ON_PENDING;
	return 0;
}

enum trap_result upcall_vcpu_off(struct vcpu_arch *v)
{
	check(v == &vcpu && full);
	return TRAP_PARK;
}

enum trap_result upcall_vcpu_wait(struct vcpu_arch *v)
{
	check(v == &vcpu && full);
	return TRAP_RESUME;
}

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what)
{
	check(v == &vcpu && full && (u32)what <= GUEST_RESET_WARM);
	return TRAP_PARK;
}

int s2_query(struct s2 *s, gpa_t gpa, struct pt_leaf *out)
{
	check(s == &s2);
	out->attr = PT_R | PT_X;
	return gpa.v - CODE < CODE_SIZE ? 0 : BH_ENOENT;
}

void vcpu_inject(struct vcpu_arch *v, const struct fault *fault)
{
	check(v == &vcpu && fault->kind == FAULT_UNDEFINED);
}

/* Nobody passes calls on here, and there is no workaround. */
void smc_call(u64 x[7])
{
	(void)x;
	abort();
}

s64 psci_call(u32 function, u64 a, u64 b, u64 c)
{
	(void)function;
	(void)a;
	(void)b;
	(void)c;
	abort();
}

bool workaround_known(u32 id)
{
	return id == 0x80008000U;
}

s64 workaround_answer(u32 id)
{
	(void)id;
	return SMCCC_NOT_SUPPORTED;
}

static void make_call(const uint8_t *d)
{
	struct exit e = { .class = (d[0] & 1U) != 0U ? EXIT_FIRMWARE : EXIT_HYPERCALL,
			  .length = 4 };
	enum trap_result r;
	u64 before[31];

	memcpy(vcpu.x, d + 1, 4U * sizeof(u64));
	/* Most numbers that come by chance belong to nobody. */
	if ((d[0] & 2U) != 0U)
		vcpu.x[0] = (vcpu.x[0] & 0x4000001fU) | 0x84000000U;
	memcpy(before, vcpu.x, sizeof(before));
	full = false;
	r = e.class == EXIT_HYPERCALL ? firmware_guest_call(&vcpu, vcpu.x) : TRAP_RETRY;
	check(r == TRAP_RESUME || r == TRAP_RETRY);
	if (r == TRAP_RETRY) {
		check(memcmp(vcpu.x, before, sizeof(before)) == 0);
		full = true;
		r = firmware_guest_exit(&vcpu, &e);
		check(r == TRAP_RESUME || r == TRAP_PARK);
	}
	check(memcmp(vcpu.x + 4, before + 4, 27U * sizeof(u64)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&vcpu, 0x5a, sizeof(vcpu));
	vcpu.s2 = &s2;
	vcpu.filter = NULL;
	vcpu.peers = &peers;
	for (u32 i = 0; i < VCPUS; i++)
		peers.power[i] = &power[i];
	memset(power, 0, sizeof(power));
	power[0] = VCPU_ON;
	for (size_t i = 0; i + 33U <= size; i += 33U)
		make_call(data + i);
	return 0;
}
