// SPDX-License-Identifier: Apache-2.0
/*
 * Who may still use an old translation: a CPU whose bit is in `inside` and whose `seen` is behind.
 *
 * A change raises `generation`, then looks who is inside; an entering CPU sets its bit, then looks
 * at the generation. Both with full ordering, so at least one of them sees the other.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/s2.h>

_Static_assert(CONFIG_MAX_CPUS <= 64, "s2.inside has a bit per CPU");

/* The s2 this CPU is inside of. The CPU's own. */
static struct s2 *current[CONFIG_MAX_CPUS];

/* The last s2 that ran on this CPU, for hardware without tags. The CPU's own. */
static const struct s2 *last[CONFIG_MAX_CPUS];

/* Tags handed out so far. Tag 0 is Bulkhead's own. Boot. */
static u32 tags = 1;

static int tag_alloc(u32 *tag)
{
	const u32 n = s2_tag_count();

	if (n <= 1U) {
		*tag = 0;
		return 0;
	}
	if (tags >= n) {
		log_error("stage 2: the CPU has %u tags, one more is wanted", n);
		return trace_error(BH_EOVERFLOW);
	}
	*tag = tags;
	tags++;
	return 0;
}

/* The arena of the tables: root and @tables more, zeroed or what the format takes for empty. */
static int pool_init(struct s2 *s2, const struct pt_format *f, u64 tables)
{
	const u64 root = pt_format_root_size(f);
	const u64 table = 1ULL << f->shift[0];
	hpa_t base;
	void *va;
	u64 size;
	int err;

	if (tables > UINT32_MAX - root / table)
		return trace_error(BH_ENOMEM);
	size = root + tables * table;
	err = frame_alloc(size, root, &base);
	if (err != 0)
		return err;
	va = mmu_map(base, size, MMU_RAM_RW);
	if (va == NULL)
		return trace_error(BH_ENOMEM);
	pt_pool_init(&s2->pool, f, va, base, (u32)(size / table));
	pt_pool_fill(&s2->pool);
	s2_publish(va, size);
	return 0;
}

int s2_init(struct s2 *s2, u32 gpa_bits, u64 tables)
{
	const struct pt_format *f = NULL;
	int err = s2_format(gpa_bits, &f);

	if (err != 0)
		return err;
	memset(s2, 0, sizeof(*s2));
	s2->lock.class = LOCK_STAGE2;
	err = tag_alloc(&s2->tag);
	if (err == 0)
		err = pool_init(s2, f, tables);
	if (err == 0)
		err = pt_init(&s2->pt, f, &s2->pool);
	s2->pt.publish = s2_publish;
	return err;
}

int s2_map(struct s2 *s2, gpa_t gpa, hpa_t pa, u64 size, u32 attr)
{
	const struct pt_format *f = s2->pt.fmt;
	const u64 root = pt_format_root_size(f) >> f->shift[0];
	const u64 finest = pt_tables_max(f, gpa.v, size);
	int err = 0;

	spin_lock(&s2->lock);
	if (s2->charged + finest > s2->pool.frames - root)
		err = BH_ENOMEM;
	if (err == 0)
		err = pt_map(&s2->pt, gpa.v, pa, size, attr);
	if (err == 0)
		s2->charged += finest;
	spin_unlock(&s2->lock);
	return err;
}

int s2_query(struct s2 *s2, gpa_t gpa, struct pt_leaf *out)
{
	int err;

	spin_lock(&s2->lock);
	err = pt_query(&s2->pt, gpa.v, out);
	spin_unlock(&s2->lock);
	return err;
}

/* Brings this CPU up to the generation. */
static void flush_own(struct s2 *s2, u32 cpu)
{
	const u64 generation = __atomic_load_n(&s2->generation, __ATOMIC_SEQ_CST);

	if (s2->seen[cpu] == generation)
		return;
	s2_invalidate(s2->tag, HPA(s2->pt.root), GPA(0), 0);
	store_release(&s2->seen[cpu], generation);
}

void s2_poll(void)
{
	const u32 cpu = this_cpu()->id;

	if (current[cpu] != NULL)
		flush_own(current[cpu], cpu);
}

void s2_enter(struct s2 *s2)
{
	const u32 cpu = this_cpu()->id;

	current[cpu] = s2;
	__atomic_fetch_or(&s2->inside, BIT(cpu), __ATOMIC_SEQ_CST);
	flush_own(s2, cpu);
	if (s2->tag == 0U && last[cpu] != s2)
		s2_invalidate(s2->tag, HPA(s2->pt.root), GPA(0), 0);
	last[cpu] = s2;
}

void s2_leave(struct s2 *s2)
{
	const u32 cpu = this_cpu()->id;

	__atomic_fetch_and(&s2->inside, ~BIT(cpu), __ATOMIC_SEQ_CST);
	current[cpu] = NULL;
}

/* CPUs other than this one that may still use translations from before @generation. */
static u64 behind(const struct s2 *s2, u64 generation)
{
	const u64 inside = __atomic_load_n(&s2->inside, __ATOMIC_SEQ_CST);
	u64 set = 0;

	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++) {
		if ((inside & BIT(i)) != 0U && load_acquire(&s2->seen[i]) < generation)
			set |= BIT(i);
	}
	return set;
}

/*
 * The tree was changed, and the lock is held: what [va, va + size) meant before must be forgotten.
 * Makes the ticket for it.
 */
static void shoot(struct s2 *s2, const struct pt_range *range, struct s2_ticket *t)
{
	const u32 self = this_cpu()->id;
	u64 set;

	*t = (struct s2_ticket){ .s2 = s2 };
	if (range->size == 0U)
		return;
	if (s2_invalidate_is_broadcast()) {
		s2_invalidate(s2->tag, HPA(s2->pt.root), GPA(range->va), range->size);
		return;
	}
	t->generation = __atomic_add_fetch(&s2->generation, 1U, __ATOMIC_SEQ_CST);
	set = behind(s2, t->generation) & ~BIT(self);
	for (u32 i = 0; set != 0U; i++, set >>= 1) {
		if ((set & 1U) != 0U)
			irqchip()->send(i, IRQ_KICK);
	}
	s2_poll();
}

/* Before other CPUs start: none of them may take a kick without a handler. */
static int shootdown_init(void)
{
	irq_handler_set(IRQ_KICK, s2_poll);
	return 0;
}
UNIT_DEFINE(shootdown, 4, 10, shootdown_init);

bool s2_ticket_done(struct s2_ticket *t)
{
	s2_poll();
	if (t->generation != 0U && behind(t->s2, t->generation) == 0U)
		t->generation = 0;
	return t->generation == 0U;
}

void s2_ticket_wait(struct s2_ticket *t)
{
	while (!s2_ticket_done(t))
		cpu_relax();
}

/* Lets others in between two steps, interrupts if @open. On return the lock is held again. */
static void breathe(struct s2 *s2, bool open)
{
	spin_unlock(&s2->lock);
	if (open)
		cpu_take_irqs();
	s2_poll();
	cpu_relax();
	spin_lock(&s2->lock);
}

/* Drops the lock until nobody uses what was there before. */
static void shoot_and_wait(struct s2 *s2, const struct pt_range *range)
{
	struct s2_ticket t;

	shoot(s2, range, &t);
	spin_unlock(&s2->lock);
	s2_ticket_wait(&t);
	spin_lock(&s2->lock);
}

/* Steps to the end, lock held at both ends. */
static int run_job(struct s2 *s2, struct pt_job *job, bool open)
{
	int result = pt_step(job);

	while (result > PT_DONE) {
		if (result == PT_BREAK)
			shoot_and_wait(s2, &job->flush);
		else
			breathe(s2, open);
		result = pt_step(job);
	}
	return result;
}

/* From here on only the tables say what the guest may do there. */
static void ram_forget(struct s2 *s2, const struct pt_change *want)
{
	for (u32 i = 0; i < s2->ram_count; i++) {
		struct s2_ram *r = &s2->ram[i];

		if (want->va < r->gpa + r->size && r->gpa < want->va + want->size)
			write_once(r->whole, 0U);
	}
}

static int change(struct s2 *s2, const struct pt_change *want, struct s2_ticket *ticket, bool open)
{
	struct pt_job job;
	int err;

	*ticket = (struct s2_ticket){ .s2 = s2 };
	spin_lock(&s2->lock);
	while (s2->pt.busy)
		breathe(s2, open);
	ram_forget(s2, want);
	err = pt_start(&job, &s2->pt, want);
	if (err == 0)
		err = run_job(s2, &job, open);
	if (err == 0) {
		/* Tables that were taken out stay quarantined until nobody can walk them. */
		if (job.retired != 0U)
			shoot_and_wait(s2, &job.flush);
		else
			shoot(s2, &job.flush, ticket);
		err = pt_finish(&job);
	}
	spin_unlock(&s2->lock);
	return err;
}

int s2_change(struct s2 *s2, const struct pt_change *want, struct s2_ticket *ticket)
{
	return change(s2, want, ticket, false);
}

int s2_change_open(struct s2 *s2, const struct pt_change *want, struct s2_ticket *ticket)
{
	return change(s2, want, ticket, true);
}
