// SPDX-License-Identifier: Apache-2.0
/*
 * The decoder against QEMU's CPU: random loads and stores run under qemu-aarch64 (runner/), and
 * memory and all registers afterwards are what the decoded access says.
 *
 * Instructions: INSN_OPS, or 10^7 with SCOPE=full, or 10^5. Seed: INSN_SEED, printed.
 */
#include <stdlib.h>
#include <unistd.h>

#include <unit.h>

#include "guest.h"
#include "runner/runner.h"

static struct runner_in in[RUNNER_BATCH];
static struct runner_out out;
static struct insn decoded[RUNNER_BATCH];
static const char in_path[] = RUNNER ".in", out_path[] = RUNNER ".out";

/* Sets the base so that @word touches the window. False: it is refused, or cannot be aimed. */
static bool aim(struct guest *g, u32 word, struct insn *i)
{
	const u32 rn = (word >> 5) & 31U, rm = (word >> 16) & 31U;
	const bool offset_in_base = (word & 0x3b200c00U) == 0x38200800U && rn == rm;
	const u64 align = (word & 0x3f000000U) == 0x08000000U ? ~15ULL : ~0ULL;
	const u64 target = RUNNER_DATA + ((32U + rnd_below(48)) & align);

	for (u32 n = 0; n < 32U; n++)
		g->x[n] = rnd();
	if ((offset_in_base && rn != 31U) || guest_decode(g, word, i) != 0)
		return false;
	g->x[rn] += target - i->address.v;
	return guest_decode(g, word, i) == 0 && i->address.v == target;
}

static void make_batch(void)
{
	for (u32 n = 0; n < RUNNER_BATCH;) {
		const u32 word = word_random();
		struct guest g;

		if (!aim(&g, word, &decoded[n]))
			continue;
		memcpy(in[n].x, g.x, sizeof(g.x));
		in[n++].word = word;
	}
}

static u64 get(const u8 *at, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)at[i] << (8U * i);
	return value;
}

static void apply_general(const struct insn *i, u32 n, u64 *x, u8 *data)
{
	u64 value = i->reg[n] == REG_ZERO ? 0U : x[i->reg[n]];

	if (i->kind == INSN_STORE) {
		for (u32 b = 0; b < i->size; b++)
			data[b] = (u8)(value >> (8U * b));
		return;
	}
	value = get(data, i->size);
	if (i->sign && (value >> (8U * i->size - 1U)) != 0U)
		value |= ~0ULL << (8U * i->size);
	if (i->reg_size == 4U)
		value = (u32)value;
	if (i->reg[n] != REG_ZERO)
		x[i->reg[n]] = value;
}

static void apply_vector(const struct insn *i, u32 n, u8 (*v)[16], u8 *data)
{
	u8 *reg = v[i->reg[n]];

	if (i->kind == INSN_STORE) {
		memcpy(data, reg, i->size);
		return;
	}
	memset(reg, 0, 16);
	memcpy(reg, data, i->size);
}

/* What @i makes of the registers and the memory the runner starts with. */
static void expect(const struct insn *i, const struct runner_in *from, struct runner_out *want)
{
	memcpy(want->x, from->x, sizeof(want->x));
	for (u32 r = 0; r < 32U; r++) {
		for (u32 b = 0; b < 16U; b++)
			want->v[r][b] = runner_vector_byte(r, b);
	}
	for (u32 b = 0; b < RUNNER_WINDOW; b++)
		want->data[b] = runner_data_byte(b);
	for (u32 n = 0; n < i->count; n++) {
		u8 *data = want->data + (i->address.v - RUNNER_DATA) + (size_t)n * i->size;

		if (i->simd)
			apply_vector(i, n, want->v, data);
		else
			apply_general(i, n, want->x, data);
	}
	if (i->writeback)
		want->x[i->base == REG_SP ? 31U : i->base] = i->base_value;
}

static void compare(u32 n)
{
	static struct runner_out want;

	expect(&decoded[n], &in[n], &want);
	if (out.signal != 0U)
		fail_msg("signal %llu: %08x", (unsigned long long)out.signal, in[n].word);
	if (memcmp(out.x, want.x, sizeof(out.x)) != 0)
		fail_msg("registers: %08x", in[n].word);
	if (memcmp(out.v, want.v, sizeof(out.v)) != 0)
		fail_msg("vectors: %08x", in[n].word);
	if (memcmp(out.data, want.data, sizeof(out.data)) != 0)
		fail_msg("memory: %08x", in[n].word);
}

static void run_batch(void)
{
	char command[512];
	FILE *f = fopen(in_path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(in, sizeof(in), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof(command), "qemu-aarch64 -cpu max %s <%s >%s", RUNNER, in_path,
		 out_path);
	assert_int_equal(system(command), 0);
	f = fopen(out_path, "rb");
	assert_non_null(f);
	for (u32 n = 0; n < RUNNER_BATCH; n++) {
		assert_int_equal(fread(&out, sizeof(out), 1, f), 1);
		compare(n);
	}
	fclose(f);
}

static int teardown(void **state __unused)
{
	unlink(in_path);
	unlink(out_path);
	return 0;
}

TEST(the_cpu_does_what_was_decoded)
{
	const u64 count = wanted_count();

	if (access(RUNNER, X_OK) != 0 || system("command -v qemu-aarch64 >/dev/null") != 0) {
		printf("skipped: needs aarch64-linux-gnu-gcc and qemu-aarch64\n");
		skip();
	}
	rnd_start();
	for (u64 n = 0; n < count; n += RUNNER_BATCH) {
		make_batch();
		run_batch();
	}
}

UNIT_TESTS(cmocka_unit_test_setup_teardown(the_cpu_does_what_was_decoded, unit_setup, teardown));
