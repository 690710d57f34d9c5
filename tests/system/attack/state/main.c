// SPDX-License-Identifier: Apache-2.0
/*
 * Looks at every register a vcpu has, fills them with numbers of its own, lives for a while, and
 * finds them again; its second vcpu does the same, each time it is switched on. Then its partition
 * resets itself, twice: what it begins with must not change.
 */
#include <bulkhead/lib/string.h>

#include "../../../guest/guest.h"

#define ROUNDS 200U
#define CYCLES 3U /* of the second vcpu */
#define CPACR_FPEN (3UL << 20)
#define PSCI_CPU_SUSPEND 0xc4000001U
#define PSCI_CPU_OFF 0x84000002U
#define PSCI_AFFINITY_INFO 0xc4000004U
#define PSCI_SYSTEM_RESET2 0xc4000012U
#define STARTS 3U
#define SLEEP_EACH 32U
#define SLEEP_HZ 2000U

/* Kept by a warm reset: in RAM behind the program. */
#define STARTED ((volatile u32 *)0x403ff000UL)

/* By name, encoding, and the bits that keep what is written to them. */
#define REGISTERS(X)                                      \
	X(SP_EL0, sp_el0, ~0UL)                           \
	X(ELR_EL1, elr_el1, ~0UL)                         \
	X(SPSR_EL1, spsr_el1, 0xf00003c5UL)               \
	X(ESR_EL1, esr_el1, 0xffffffffUL)                 \
	X(FAR_EL1, far_el1, ~0UL)                         \
	X(PAR_EL1, par_el1, 0xfffffffff000UL)             \
	X(TTBR0_EL1, ttbr0_el1, 0x0000fffffffff000UL)     \
	X(TTBR1_EL1, ttbr1_el1, 0x0000fffffffff000UL)     \
	X(TCR_EL1, tcr_el1, 0x3f003fUL)                   \
	X(MAIR_EL1, mair_el1, ~0UL)                       \
	X(CONTEXTIDR_EL1, contextidr_el1, 0xffffffffUL)   \
	X(TPIDR_EL0, tpidr_el0, ~0UL)                     \
	X(TPIDRRO_EL0, tpidrro_el0, ~0UL)                 \
	X(TPIDR_EL1, tpidr_el1, ~0UL)                     \
	X(CNTKCTL_EL1, cntkctl_el1, 0x3ffUL)              \
	X(CNTV_CVAL_EL0, cntv_cval_el0, ~0UL)             \
	X(CNTP_CVAL_EL0, cntp_cval_el0, ~0UL)             \
	X(CSSELR_EL1, csselr_el1, 0x1UL)                  \
	X(MDSCR_EL1, mdscr_el1, 0xa000UL)                 \
	X(DBGBVR0_EL1, dbgbvr0_el1, 0x0000fffffffffffcUL) \
	X(DBGBCR0_EL1, dbgbcr0_el1, 0x1e6UL)              \
	X(DBGWVR0_EL1, dbgwvr0_el1, 0x0000fffffffffffcUL) \
	X(DBGWCR0_EL1, dbgwcr0_el1, 0x1ffeUL)             \
	X(PMCCNTR_EL0, pmccntr_el0, ~0UL)                 \
	X(PMCCFILTR_EL0, pmccfiltr_el0, 0xc0000000UL)     \
	X(PMEVCNTR0_EL0, pmevcntr0_el0, 0xffffffffUL)     \
	X(PMEVTYPER0_EL0, pmevtyper0_el0, 0xc0000000UL)   \
	X(PMSELR_EL0, pmselr_el0, 0x3UL)                  \
	X(PMUSERENR_EL0, pmuserenr_el0, 0xfUL)            \
	X(PMINTENSET_EL1, pmintenset_el1, 0UL)

/* With FEAT_PAuth. */
#define KEYS(X)                       \
	X(APIALO, s3_0_c2_c1_0, ~0UL) \
	X(APIAHI, s3_0_c2_c1_1, ~0UL) \
	X(APIBLO, s3_0_c2_c1_2, ~0UL) \
	X(APIBHI, s3_0_c2_c1_3, ~0UL) \
	X(APDALO, s3_0_c2_c2_0, ~0UL) \
	X(APDAHI, s3_0_c2_c2_1, ~0UL) \
	X(APDBLO, s3_0_c2_c2_2, ~0UL) \
	X(APDBHI, s3_0_c2_c2_3, ~0UL) \
	X(APGALO, s3_0_c2_c3_0, ~0UL) \
	X(APGAHI, s3_0_c2_c3_1, ~0UL)

#define NAME(name, reg, mask) REG_##name,
enum { REGISTERS(NAME) KEYS_FIRST, KEYS_BEFORE = KEYS_FIRST - 1, KEYS(NAME) REG_COUNT };

#define VECTOR_WORDS 66U /* q0 to q31, FPSR, FPCR */
#define FPSR_BITS 0x0800009fUL
#define FPCR_BITS 0x07c00000UL

/* arm64/vectors.S */
void vectors_get(u64 words[VECTOR_WORDS]);
void vectors_put(const u64 words[VECTOR_WORDS]);

struct state {
	u64 reg[REG_COUNT];
	u64 vector[VECTOR_WORDS] __attribute__((aligned(16)));
};

/* One each of two vcpus. */
static struct state fresh[2], first[2], mine[2], found[2];
static volatile u32 cycles;
static bool keys;

static void get(struct state *s)
{
	memset(s, 0, sizeof(*s));
	vectors_get(s->vector);
#define GET(name, r, mask) __asm__ volatile("mrs %0, " #r : "=r"(s->reg[REG_##name]));
	REGISTERS(GET)
	if (keys) {
		KEYS(GET)
	}
}

static void put(const struct state *s)
{
	vectors_put(s->vector);
#define PUT(name, r, mask) __asm__ volatile("msr " #r ", %0" ::"r"(s->reg[REG_##name]));
	REGISTERS(PUT)
	if (keys) {
		KEYS(PUT)
	}
	__asm__ volatile("isb");
}

/* Numbers of their own for each register, vcpu and partition. */
static void fill(struct state *s, u64 seed)
{
	u64 n = seed;

#define FILL(name, r, mask)                                    \
	n = n * 6364136223846793005UL + 1442695040888963407UL; \
	s->reg[REG_##name] = (n ^ n >> 29) & (mask);
	REGISTERS(FILL)
	if (keys) {
		KEYS(FILL)
	}
	for (u32 i = 0; i < VECTOR_WORDS; i++) {
		n = n * 6364136223846793005UL + 1442695040888963407UL;
		s->vector[i] = n ^ n >> 29;
	}
	s->vector[VECTOR_WORDS - 2U] &= FPSR_BITS;
	s->vector[VECTOR_WORDS - 1U] &= FPCR_BITS;
}

static const char *const names[] = {
#define TEXT(name, r, mask) #name,
	REGISTERS(TEXT) KEYS(TEXT)
};

static void same(const char *when, const struct state *a, const struct state *b)
{
	for (u32 i = 0; i < REG_COUNT; i++) {
		if (a->reg[i] == b->reg[i])
			continue;
		guest_printf("state: %s: %s is 0x%llx, was 0x%llx\n", when, names[i],
			     (unsigned long long)a->reg[i], (unsigned long long)b->reg[i]);
		guest_exit(1);
	}
	guest_check(memcmp(a->vector, b->vector, sizeof(a->vector)) == 0);
}

static u64 digest(const struct state *s)
{
	const u8 *p = (const u8 *)s;
	u64 h = 0xcbf29ce484222325UL; /* FNV-1a */

	for (size_t i = 0; i < sizeof(*s); i++)
		h = (h ^ p[i]) * 0x100000001b3UL;
	return h;
}

/* Where the CPU is another partition's meanwhile nothing else would wake it. */
static void sleep(u32 turn)
{
	/* What is pending already keeps it awake. */
	guest_timer_set(guest_ticks() + (turn % 2U) * guest_hz() / SLEEP_HZ);
	(void)guest_hypercall(PSCI_CPU_SUSPEND, 0, 0, 0, 0);
	guest_timer_stop();
	__asm__ volatile("msr cntv_cval_el0, %0" ::"r"(mine[0].reg[REG_CNTV_CVAL_EL0]));
}

/* Every kind of exit there is; the first vcpu also waits. */
static void live(u32 cpu)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		guest_check(guest_hypercall(0x84000000, 0, 0, 0, 0) == 0x10001U);
		(void)*(volatile u32 *)0x08000004UL;
		(void)guest_hypercall(PSCI_AFFINITY_INFO, 0, 0, 0, 0);
		(void)*(volatile u32 *)(GUEST_UART_BASE + 0x18UL);
		if (cpu == 0U && i % SLEEP_EACH == 0U)
			sleep(i / SLEEP_EACH);
	}
}

static void watch(u32 cpu, u64 seed)
{
	fill(&mine[cpu], seed);
	put(&mine[cpu]);
	live(cpu);
	get(&found[cpu]);
	same("afterwards", &found[cpu], &mine[cpu]);
}

static void fp_on(void)
{
	__asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(CPACR_FPEN));
}

static void second(u64 seed)
{
	fp_on();
	get(&fresh[1]);
	if (cycles == 0U)
		first[1] = fresh[1];
	same("the second vcpu begins", &fresh[1], &first[1]);
	watch(1, seed + cycles);
	cycles++;
	(void)guest_hypercall(PSCI_CPU_OFF, 0, 0, 0, 0);
}

static bool has_keys(void)
{
	u64 isar1, isar2;

	__asm__("mrs %0, id_aa64isar1_el1" : "=r"(isar1));
	__asm__("mrs %0, s3_0_c0_c6_2" : "=r"(isar2));
	return (isar1 & 0xff0U) != 0U || (isar2 & 0xf000U) != 0U;
}

void guest_main(uintptr_t info)
{
	const char *args = guest_bootargs();
	u64 seed;

	(void)info;
	guest_check(args != NULL);
	seed = (u64)*args * 0x9e3779b97f4a7c15UL;
	keys = has_keys();
	fp_on();
	get(&fresh[0]);
	guest_printf("state: begins as %llx, %u registers\n", (unsigned long long)digest(&fresh[0]),
		     keys ? REG_COUNT : KEYS_FIRST);
	/* It wakes, and is never taken. */
	guest_irq_init();
	guest_irq_enable(GUEST_TIMER_INTID, false, NULL);
	for (u32 i = 0; i < CYCLES; i++) {
		guest_check(guest_cpu_start(1, 1, second, seed + 100U * (i + 1U)) == 0);
		watch(0, seed + i);
		while (cycles == i || guest_hypercall(PSCI_AFFINITY_INFO, 1, 0, 0, 0) != 1U)
			__asm__ volatile("yield");
	}
	guest_printf("state: kept on both vcpus, second as it began %llx\n",
		     (unsigned long long)digest(&first[1]));
	if (++*STARTED == STARTS)
		guest_exit(0);
	(void)guest_hypercall(PSCI_SYSTEM_RESET2, 0, 0, 0, 0);
}
