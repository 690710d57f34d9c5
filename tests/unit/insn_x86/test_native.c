// SPDX-License-Identifier: Apache-2.0
/*
 * The decoder against the processor: random instructions of the MOV class and arithmetic run on
 * this host, and memory, all registers and the flags afterwards are what the decoded access says.
 *
 * Instructions: INSN_OPS, or 10^7 with SCOPE=full, or 10^5. Seed: INSN_SEED, printed.
 */
#include <unit.h>

#ifdef __x86_64__
#include <asm/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bulkhead/lib/error.h>

#include "make.h"

/* Below 2 GiB, so that every way to form an address reaches the data. */
#define CODE 0x41000000UL
#define STATE 0x42000000UL
#define DATA 0x43000000UL
#define DATA_SIZE 0x2000UL
#define WINDOW 64U /* bytes compared, the access in its middle */

struct state {
	u64 in[16], out[16];
	u64 stack;
	u64 flags_in, flags_out;
};

static struct state *const state = (struct state *)STATE;
static u8 *slot; /* the instruction goes here, and the way back behind it */
static u8 tail[256];
static u32 tail_size;
static u64 fs_base, gs_base;
static struct guest guest;
static sigjmp_buf escape;

static void emit(u8 **at, u64 value, u32 count)
{
	for (u32 i = 0; i < count; i++)
		*(*at)++ = (u8)(value >> (8U * i));
}

/* mov between register and absolute address; opcode 8b: load, 89: store. */
static void emit_mov(u8 **at, u8 opcode, u32 reg, u64 address)
{
	emit(at, 0x48U | (reg >> 3) << 2, 1);
	emit(at, opcode, 1);
	emit(at, (reg & 7U) << 3 | 4U, 1);
	emit(at, 0x25, 1);
	emit(at, address, 4);
}

static void emit_frame(void)
{
	u8 *at = (u8 *)CODE;

	emit(&at, 0x5355, 2);                /* push rbp, rbx */
	emit(&at, 0x5641554154415741ULL, 8); /* push r15, r12, r13, r14 */
	emit_mov(&at, 0x89, 4, STATE + offsetof(struct state, stack));
	emit(&at, 0x2534ff, 3); /* push (absolute); popfq */
	emit(&at, STATE + offsetof(struct state, flags_in), 4);
	emit(&at, 0x9d, 1);
	for (u32 i = 0; i < 16U; i++)
		emit_mov(&at, 0x8b, i, STATE + offsetof(struct state, in) + 8U * i);
	slot = at;
	at = tail;
	for (u32 i = 0; i < 16U; i++)
		emit_mov(&at, 0x89, i, STATE + offsetof(struct state, out) + 8U * i);
	emit_mov(&at, 0x8b, 4, STATE + offsetof(struct state, stack));
	emit(&at, 0x25048f9c, 4); /* pushfq; pop (absolute) */
	emit(&at, STATE + offsetof(struct state, flags_out), 4);
	emit(&at, 0x5f415c415d415e41ULL, 8); /* pop r14, r13, r12, r15 */
	emit(&at, 0xc35d5b, 3);              /* pop rbx, rbp; ret */
	tail_size = (u32)(at - tail);
}

static void map(u64 at, size_t size, int protection)
{
	void *want = (void *)at;

	assert_ptr_equal(mmap(want, size, protection,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 want);
}

static void on_signal(int number)
{
	siglongjmp(escape, number);
}

static void catch_faults(void)
{
	static u8 stack[65536];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	static const int caught[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };

	assert_int_equal(sigaltstack(&alt, NULL), 0);
	for (u32 i = 0; i < ARRAY_SIZE(caught); i++)
		assert_int_equal(sigaction(caught[i], &action, NULL), 0);
}

static u64 segment_base(const struct made *m)
{
	if (m->segment == 4U)
		return fs_base;
	return m->segment == 5U ? gs_base : 0U;
}

static void patch_disp(struct made *m, u64 value)
{
	for (u32 i = 0; i < m->disp_bytes; i++)
		m->code.b[m->disp_at + i] = (u8)(value >> (8U * i));
}

static s64 disp(const struct made *m)
{
	u64 value = 0;

	for (u32 i = 0; i < m->disp_bytes; i++)
		value |= (u64)m->code.b[m->disp_at + i] << (8U * i);
	return m->disp_bytes == 1U ? (s8)value : (s32)value;
}

/* Makes the address of @m be @target, by a register or the displacement. False: cannot. */
static bool aim(struct made *m, u64 target)
{
	const u64 offset = target - segment_base(m);
	const bool far = offset >= 0x80000000U;
	u64 index = 0;

	if (m->disp_bytes == 8U) {
		patch_disp(m, offset);
		return true;
	}
	if (far && (m->base == MADE_NONE || m->addr_override))
		return false;
	if (m->base != MADE_NONE && m->base == m->index)
		return false;
	if (m->index != MADE_NONE) {
		if (m->base == MADE_NONE)
			guest.reg[m->index] &= 0xffffffU;
		index = guest.reg[m->index] << m->scale;
	}
	if (m->base != MADE_NONE) {
		guest.reg[m->base] = offset - index - (u64)disp(m);
		if (m->addr_override)
			guest.reg[m->base] ^= rnd() << 32;
	} else if (m->sib || m->opcode - 0xa0U < 4U) {
		patch_disp(m, offset - index);
	} else {
		patch_disp(m, offset - (guest.pc + m->code.n));
	}
	return true;
}

static u64 get(const u8 *at, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)at[i] << (8U * i);
	return value;
}

static u64 low(u64 value, u32 bytes)
{
	return bytes == 8U ? value : value & ((1ULL << (8U * bytes)) - 1U);
}

static void put(u8 *at, u64 value, u32 size)
{
	for (u32 n = 0; n < size; n++)
		at[n] = (u8)(value >> (8U * n));
}

static void set(const struct insn *i, u64 *reg, u64 value)
{
	u64 *r = &reg[i->reg[0] & 15U];
	const u32 shift = i->high ? 8 : 0;

	value = low(value, i->reg_size);
	if (i->reg_size < 4U)
		value = (*r & ~(low(~0ULL, i->reg_size) << shift)) | value << shift;
	*r = value;
}

/* Registers, flags and the memory at @data become what @i says they do. */
static void apply(const struct insn *i, u64 *reg, u64 *flags, u8 *data)
{
	const u64 memory = get(data, i->size);
	const u64 operand = i->reg[0] == REG_ZERO ? i->imm : reg[i->reg[0]] >> (i->high ? 8U : 0U);
	u64 value = memory;

	if (i->compute != NULL)
		value = i->compute(i, memory, low(operand, i->size), flags);
	switch (i->kind) {
	case INSN_LOAD:
		if (i->sign && (value >> (8U * i->size - 1U)) != 0U)
			value |= i->size == 8U ? 0U : ~0ULL << (8U * i->size);
		set(i, reg, value);
		break;
	case INSN_COMBINE:
		set(i, reg, value);
		break;
	case INSN_UPDATE:
		put(data, value, i->size);
		break;
	case INSN_STORE:
	case INSN_STORE_IMM:
		put(data, operand, i->size);
		break;
	default:
		break;
	}
}

static int execute(const struct made *m)
{
	int caught;

	memcpy(slot, m->code.b, m->code.n);
	memcpy(slot + m->code.n, tail, tail_size);
	memcpy(state->in, guest.reg, sizeof(state->in));
	state->flags_in = guest.flags;
	caught = sigsetjmp(escape, 1);
	if (caught == 0)
		((void (*)(void))CODE)();
	return caught;
}

static void check(struct made *m, u64 target)
{
	const struct insn_mode mode = guest_mode(&guest, 8);
	u8 *window = (u8 *)(target - WINDOW / 2U), want_memory[WINDOW];
	u64 want[16], flags = guest.flags;
	struct insn i;
	int caught;

	for (u32 n = 0; n < WINDOW; n++)
		window[n] = (u8)rnd();
	memcpy(want_memory, window, WINDOW);
	memcpy(want, guest.reg, sizeof(want));
	if (insn_decode(&mode, m->code.b, m->code.n, &i) != 0)
		fail_msg("refused: %s", bytes_text(m->code.b, m->code.n));
	if (i.length != m->code.n || i.address.v != target)
		fail_msg("length %u address %llx: %s", i.length, (unsigned long long)i.address.v,
			 bytes_text(m->code.b, m->code.n));
	apply(&i, want, &flags, want_memory + WINDOW / 2U);
	caught = execute(m);
	if (caught != 0)
		fail_msg("signal %d: %s", caught, bytes_text(m->code.b, m->code.n));
	if (memcmp(want, state->out, sizeof(want)) != 0)
		fail_msg("registers: %s", bytes_text(m->code.b, m->code.n));
	if (((flags ^ state->flags_out) & STATUS_FLAGS) != 0U)
		fail_msg("flags %llx, not %llx: %s", (unsigned long long)flags,
			 (unsigned long long)state->flags_out, bytes_text(m->code.b, m->code.n));
	if (memcmp(want_memory, window, WINDOW) != 0)
		fail_msg("memory: %s", bytes_text(m->code.b, m->code.n));
}

/* In every test: cmocka takes the signals back. */
static void prepare(void)
{
	if (slot == NULL) {
		map(CODE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
		map(STATE, 4096, PROT_READ | PROT_WRITE);
		map(DATA, DATA_SIZE, PROT_READ | PROT_WRITE);
		emit_frame();
	}
	catch_faults();
}

TEST(the_processor_does_what_was_decoded)
{
	const u64 count = wanted_count();
	struct made m;

	rnd_start();
	prepare();
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_base), 0);
	gs_base = 0x1000000U + rnd_below(0x40000000U);
	assert_int_equal(syscall(SYS_arch_prctl, ARCH_SET_GS, gs_base), 0);
	for (u64 n = 0; n < count;) {
		const u64 target = DATA + WINDOW + rnd_below(DATA_SIZE - 2U * WINDOW);

		made_random(&m, 8);
		guest_randomize(&guest);
		guest.pc = (u64)slot;
		guest.segment[4] = fs_base;
		guest.segment[5] = gs_base;
		if ((m.opcode == 0x63U && m.op16 && (m.rex & 8U) == 0U) || !aim(&m, target))
			continue;
		check(&m, target);
		n++;
	}
}

TEST(a_locked_move_is_illegal_on_the_processor)
{
	static const struct made locked[] = {
		{ .code = { { 0xf0, 0x89, 0x07 }, 3 } },
		{ .code = { { 0xf0, 0xf3, 0x8b, 0x07 }, 4 } },
		{ .code = { { 0xf0, 0xf2, 0xc6, 0x07, 0x00 }, 5 } },
		{ .code = { { 0xc6, 0x0f, 0x00 }, 3 } },
	};

	prepare();
	for (u32 n = 0; n < ARRAY_SIZE(locked); n++) {
		const struct insn_mode mode = guest_mode(&guest, 8);
		struct insn i;

		guest.reg[7] = DATA;
		guest.flags = 0x202U;
		assert_int_equal(insn_decode(&mode, locked[n].code.b, locked[n].code.n, &i),
				 BH_EINVAL);
		assert_int_equal(execute(&locked[n]), SIGILL);
	}
}

UNIT_TESTS(UNIT(the_processor_does_what_was_decoded),
	   UNIT(a_locked_move_is_illegal_on_the_processor));
#else
TEST(the_processor_does_what_was_decoded)
{
	skip();
}

UNIT_TESTS(UNIT(the_processor_does_what_was_decoded));
#endif
