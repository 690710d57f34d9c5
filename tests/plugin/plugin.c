// SPDX-License-Identifier: Apache-2.0
/*
 * A QEMU TCG plugin that watches one image: which of its blocks ran, and how many of its
 * instructions each CPU retired, in all and between two addresses.
 *
 *   -plugin libplugin.so,text=<lo>:<hi>[,blocks=<file>][,counts=<file>][,span=<from>:<to>]...
 *           [,after=<address>][,apart=<address>]...[,open=<address>]...[,phase=<address>]
 *           [,wait=<address>]
 *
 * blocks: one a line, address, bytes, how often it ran, how often the one behind it came next and
 * how often another of the image: which ways a branch at its end went.
 *
 * With counts it also notes the stretches of the image's instructions between two pieces of other
 * code, which is what a guest has to wait for at each exit: once it has come by the address
 * `after`, for the boot runs other code as well. Those that come by an `apart` are counted by
 * themselves. An instruction at an address `open` takes interrupts: a stretch ends there, and
 * another begins. What a CPU does
 * from one time at the address `wait` to the next, if that is a turn of the loop around it, is
 * left out: it waits for another CPU, whose stretch that is. A CPU that
 * comes by the address `phase` begins to count its stretches anew; what it had counted is written
 * under the number of the phase that ended.
 *
 * Only instructions of the image count: those at [lo, hi) of its own address space. A guest may
 * use the same virtual addresses; what tells them apart is where the code lies in the emulator's
 * memory, learned from the first block of the image that is translated.
 *
 * Debian ships no qemu-plugin.h: what is used of the interface (version 4) is declared here, from
 * QEMU's include/qemu/qemu-plugin.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

typedef struct {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
} qemu_plugin_u64;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64, QEMU_PLUGIN_INLINE_STORE_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*qemu_plugin_tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_exec_cb)(unsigned int vcpu, void *data);
typedef void (*qemu_plugin_exit_cb)(qemu_plugin_id_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_exec_cb cb,
					  enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_exec_cb cb,
					    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn,
							 enum qemu_plugin_op op,
							 qemu_plugin_u64 entry, uint64_t imm);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_exit_cb cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
uint64_t qemu_plugin_u64_get(qemu_plugin_u64 entry, unsigned int vcpu);
int qemu_plugin_num_vcpus(void);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 4;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv);

#define CPUS_MAX 64U
#define SPANS_MAX 8U
#define OPENS_MAX 64U
#define APARTS_MAX 8U
#define PHASES_MAX 512U
#define TURN_MAX 16U /* instructions a turn of a loop that waits */

/* A block of the image: one translation of it. Blocks are never freed. */
struct block {
	uint64_t addr;
	uint64_t bytes;
	uint64_t runs;
	/* What followed it on the same CPU: the block behind it, or another of the image. */
	uint64_t fell, jumped;
	struct block *next;
};

static struct block *last_block[CPUS_MAX];

/* Instructions retired on one CPU from one address to another. */
struct span_cpu {
	bool open;
	uint64_t since;
	uint64_t n, sum, min, max;
};

struct span {
	uint64_t from, to;
	struct span_cpu cpu[CPUS_MAX];
};

static uint64_t text_lo, text_hi;
static uint64_t image_delta; /* emulator's address of the image's code minus its own address */
static bool image_known;
static struct block *blocks;
static qemu_plugin_u64 retired;
static struct span spans[SPANS_MAX];
static struct span stretches; /* from the last instruction of a guest to its next */
static struct span stretches_apart;
static uint64_t after, phase, wait_at;
static uint64_t waited[CPUS_MAX]; /* retired when a CPU last came by `wait_at` */
static uint64_t aparts[APARTS_MAX];
static unsigned int apart_count;
static struct span_cpu phases[CPUS_MAX][PHASES_MAX];
static unsigned int phase_count[CPUS_MAX];
static uint64_t opens[OPENS_MAX];
static unsigned int open_count;
static bool after_ran[CPUS_MAX], apart_ran[CPUS_MAX];
static unsigned int span_count;
static FILE *blocks_out, *counts_out;

/* Does the instruction belong to the image, and not to a guest at the same address? */
static bool insn_ours(const struct qemu_plugin_insn *insn)
{
	uint64_t addr = qemu_plugin_insn_vaddr(insn);
	uint64_t delta = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(insn) - addr;

	if (addr < text_lo || addr >= text_hi)
		return false;
	if (!image_known) {
		image_known = true;
		image_delta = delta;
	}
	return delta == image_delta;
}

static void block_ran(unsigned int vcpu, void *data)
{
	struct block *b = data;
	struct block **last = &last_block[vcpu % CPUS_MAX];

	__atomic_fetch_add(&b->runs, 1U, __ATOMIC_RELAXED);
	if (*last != NULL)
		__atomic_fetch_add(b->addr == (*last)->addr + (*last)->bytes ? &(*last)->fell
									     : &(*last)->jumped,
				   1U, __ATOMIC_RELAXED);
	*last = b;
}

static void block_watch(struct qemu_plugin_tb *tb, size_t insns)
{
	const struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
	const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, insns - 1U);
	struct block *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	b->addr = qemu_plugin_insn_vaddr(first);
	b->bytes = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last) - b->addr;
	b->next = __atomic_load_n(&blocks, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&blocks, &b->next, b, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED)) {
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_ran, QEMU_PLUGIN_CB_NO_REGS, b);
}

static void span_begin(unsigned int vcpu, void *data)
{
	struct span_cpu *s = &((struct span *)data)->cpu[vcpu % CPUS_MAX];

	s->open = true;
	s->since = qemu_plugin_u64_get(retired, vcpu);
}

static void span_end(unsigned int vcpu, void *data)
{
	struct span_cpu *s = &((struct span *)data)->cpu[vcpu % CPUS_MAX];
	uint64_t took = qemu_plugin_u64_get(retired, vcpu) - s->since;

	if (!s->open)
		return;
	s->open = false;
	s->min = s->n == 0U || took < s->min ? took : s->min;
	s->max = took > s->max ? took : s->max;
	s->sum += took;
	s->n++;
}

/* The instruction of a flag ran on this CPU. */
static void flag_set(unsigned int vcpu, void *data)
{
	((bool *)data)[vcpu % CPUS_MAX] = true;
}

static void stretch_cut(unsigned int vcpu, void *data);

static void wait_turn(unsigned int vcpu, void *data)
{
	const uint64_t now = qemu_plugin_u64_get(retired, vcpu);
	const uint64_t turn = now - waited[vcpu % CPUS_MAX];

	if (turn <= TURN_MAX)
		((struct span *)data)->cpu[vcpu % CPUS_MAX].since += turn;
	waited[vcpu % CPUS_MAX] = now;
}

/* The stretch it is in the middle of belongs to the phase that begins. */
static void phase_end(unsigned int vcpu, void *data)
{
	struct span_cpu *s = &((struct span *)data)->cpu[vcpu % CPUS_MAX];
	unsigned int *n = &phase_count[vcpu % CPUS_MAX];

	if (*n < PHASES_MAX)
		phases[vcpu % CPUS_MAX][(*n)++] = *s;
	s->n = 0;
	s->sum = 0;
	s->min = 0;
	s->max = 0;
}

/* Marks are looked at before the instruction counts: a span is [from, to). */
static void insn_watch(struct qemu_plugin_insn *insn)
{
	uint64_t addr = qemu_plugin_insn_vaddr(insn);

	for (unsigned int i = 0; i < span_count; i++) {
		if (addr == spans[i].to)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, span_end,
							       QEMU_PLUGIN_CB_NO_REGS, &spans[i]);
		if (addr == spans[i].from)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, span_begin,
							       QEMU_PLUGIN_CB_NO_REGS, &spans[i]);
	}
	for (unsigned int i = 0; i < open_count; i++) {
		if (addr == opens[i])
			qemu_plugin_register_vcpu_insn_exec_cb(insn, stretch_cut,
							       QEMU_PLUGIN_CB_NO_REGS, &stretches);
	}
	if (addr == wait_at)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, wait_turn, QEMU_PLUGIN_CB_NO_REGS,
						       &stretches);
	if (addr == phase)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, phase_end, QEMU_PLUGIN_CB_NO_REGS,
						       &stretches);
	if (addr == after)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, flag_set, QEMU_PLUGIN_CB_NO_REGS,
						       after_ran);
	for (unsigned int i = 0; i < apart_count; i++) {
		if (addr == aparts[i])
			qemu_plugin_register_vcpu_insn_exec_cb(insn, flag_set,
							       QEMU_PLUGIN_CB_NO_REGS, apart_ran);
	}
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							    retired, 1);
}

/* What the image did since the last block that is not its own, or since it last took interrupts. */
static void stretch_cut(unsigned int vcpu, void *data)
{
	struct span_cpu *s = &stretches.cpu[vcpu % CPUS_MAX];

	stretches_apart.cpu[vcpu % CPUS_MAX].since = s->since;
	stretches_apart.cpu[vcpu % CPUS_MAX].open = s->open;
	if (qemu_plugin_u64_get(retired, vcpu) != s->since)
		span_end(vcpu, apart_ran[vcpu % CPUS_MAX] ? &stretches_apart : data);
	apart_ran[vcpu % CPUS_MAX] = false;
	if (after_ran[vcpu % CPUS_MAX])
		span_begin(vcpu, data);
}

/* A block that is not the image's runs. */
static void other_ran(unsigned int vcpu, void *data)
{
	last_block[vcpu % CPUS_MAX] = NULL;
	stretch_cut(vcpu, data);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (!insn_ours(qemu_plugin_tb_get_insn(tb, 0))) {
		if (image_known && (after != 0U || blocks_out != NULL))
			qemu_plugin_register_vcpu_tb_exec_cb(tb, other_ran, QEMU_PLUGIN_CB_NO_REGS,
							     &stretches);
		return;
	}
	if (blocks_out != NULL)
		block_watch(tb, n);
	if (counts_out == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		insn_watch(qemu_plugin_tb_get_insn(tb, i));
}

static void blocks_write(void)
{
	for (const struct block *b = blocks; b != NULL; b = b->next)
		if (b->runs != 0U)
			fprintf(blocks_out,
				"%" PRIx64 " %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
				b->addr, b->bytes, b->runs, b->fell, b->jumped);
	fclose(blocks_out);
}

static void stretches_write(const char *name, const struct span *all)
{
	for (unsigned int v = 0; v < CPUS_MAX; v++) {
		const struct span_cpu *s = &all->cpu[v];

		if (s->n != 0U)
			fprintf(counts_out,
				"%s cpu %u n %" PRIu64 " min %" PRIu64 " max %" PRIu64
				" sum %" PRIu64 "\n",
				name, v, s->n, s->min, s->max, s->sum);
	}
}

static void counts_write(void)
{
	unsigned int vcpus = (unsigned int)qemu_plugin_num_vcpus();

	for (unsigned int v = 0; v < vcpus && v < CPUS_MAX; v++)
		fprintf(counts_out, "cpu %u retired %" PRIu64 "\n", v,
			qemu_plugin_u64_get(retired, v));
	for (unsigned int i = 0; i < span_count; i++)
		for (unsigned int v = 0; v < CPUS_MAX; v++) {
			const struct span_cpu *s = &spans[i].cpu[v];

			if (s->n != 0U)
				fprintf(counts_out,
					"span %u cpu %u n %" PRIu64 " min %" PRIu64 " max %" PRIu64
					" sum %" PRIu64 "\n",
					i, v, s->n, s->min, s->max, s->sum);
		}
	for (unsigned int v = 0; v < CPUS_MAX; v++)
		for (unsigned int i = 0; i < phase_count[v]; i++)
			fprintf(counts_out,
				"phase %u cpu %u n %" PRIu64 " min %" PRIu64 " max %" PRIu64
				" sum %" PRIu64 "\n",
				i, v, phases[v][i].n, phases[v][i].min, phases[v][i].max,
				phases[v][i].sum);
	stretches_write("stretch", &stretches);
	stretches_write("apart", &stretches_apart);
	fclose(counts_out);
}

static void finished(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	if (blocks_out != NULL)
		blocks_write();
	if (counts_out != NULL)
		counts_write();
}

/* "<lo>:<hi>" in hexadecimal. */
static bool parse_range(const char *text, uint64_t *lo, uint64_t *hi)
{
	char *end;

	*lo = strtoull(text, &end, 16);
	if (*end != ':')
		return false;
	*hi = strtoull(end + 1, &end, 16);
	return *end == '\0';
}

static FILE *open_out(const char *name)
{
	FILE *f = fopen(name, "w");

	if (f == NULL)
		perror(name);
	return f;
}

static bool parse_argument(const char *arg)
{
	if (strncmp(arg, "text=", 5) == 0)
		return parse_range(arg + 5, &text_lo, &text_hi);
	if (strncmp(arg, "blocks=", 7) == 0) {
		blocks_out = open_out(arg + 7);
		return blocks_out != NULL;
	}
	if (strncmp(arg, "counts=", 7) == 0) {
		counts_out = open_out(arg + 7);
		return counts_out != NULL;
	}
	if (strncmp(arg, "after=", 6) == 0) {
		after = strtoull(arg + 6, NULL, 16);
		return after != 0U;
	}
	if (strncmp(arg, "apart=", 6) == 0 && apart_count < APARTS_MAX) {
		aparts[apart_count++] = strtoull(arg + 6, NULL, 16);
		return true;
	}
	if (strncmp(arg, "wait=", 5) == 0) {
		wait_at = strtoull(arg + 5, NULL, 16);
		return wait_at != 0U;
	}
	if (strncmp(arg, "phase=", 6) == 0) {
		phase = strtoull(arg + 6, NULL, 16);
		return phase != 0U;
	}
	if (strncmp(arg, "open=", 5) == 0 && open_count < OPENS_MAX) {
		opens[open_count++] = strtoull(arg + 5, NULL, 16);
		return true;
	}
	if (strncmp(arg, "span=", 5) == 0 && span_count < SPANS_MAX) {
		struct span *s = &spans[span_count++];

		return parse_range(arg + 5, &s->from, &s->to);
	}
	return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!parse_argument(argv[i])) {
			fprintf(stderr, "plugin: bad argument: %s\n", argv[i]);
			return -1;
		}
	if (text_hi <= text_lo) {
		fprintf(stderr, "plugin: text=<lo>:<hi> is missing\n");
		return -1;
	}
	retired.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return 0;
}
