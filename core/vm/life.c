// SPDX-License-Identifier: Apache-2.0
/*
 * A partition's life: a job in steps of at most 1,000 instructions, done by the CPU of its vcpu 0
 * between two runs of guests, so on the partition's own time. Nobody waits for it.
 *
 * Wishes and failures are left by anybody in two words; only the job writes the state.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/vm/alarm.h>
#include <bulkhead/vm/state_hash.h>

#include "partition_internal.h"

/* What one step scrubs or cleans. */
#define PIECE PAGE_SIZE

/* And what it copies: words, where both sides are aligned to them, else bytes. */
#define WORDS_PIECE 1024U
#define BYTES_PIECE 96U

/* A step's answer, beside a phase. */
#define STAY LIFE_PHASES

static const char *const state_names[PARTITION_STATES] = {
	[PARTITION_OFF] = "off",         [PARTITION_STARTING] = "starting",
	[PARTITION_RUNNING] = "running", [PARTITION_STOPPING] = "stopping",
	[PARTITION_FAILED] = "failed",
};

const char *partition_state_name(enum partition_state s)
{
	return (u32)s < PARTITION_STATES ? state_names[s] : "?";
}

static void state_set(struct partition *p, enum partition_state s)
{
	__atomic_store_n(&p->state, (u32)s, __ATOMIC_SEQ_CST);
}

bool life_runs(const struct partition *p)
{
	return __atomic_load_n(&p->state, __ATOMIC_SEQ_CST) == PARTITION_RUNNING &&
	       __atomic_load_n(&p->wish, __ATOMIC_SEQ_CST) == WISH_NONE &&
	       __atomic_load_n(&p->why, __ATOMIC_SEQ_CST) == NULL;
}

void partition_ask(struct partition *p, enum partition_wish wish)
{
	__atomic_store_n(&p->wish, (u32)wish, __ATOMIC_SEQ_CST);
	vcpu_park(&p->vcpu[0], PARK_RESET);
}

/* ---- who else looks ---- */

/* Those that wait for @p to run, and have not run since: no other is disturbed. */
static void kick_followers(const struct partition *p)
{
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		const struct partition *other = partitions[i];

		if (other != NULL && (other->config->after & BIT(p->id)) != 0U &&
		    __atomic_load_n(&other->state, __ATOMIC_SEQ_CST) != PARTITION_RUNNING)
			slot_kick_lead(other);
	}
}

/* At rest: nothing of it goes on by itself. */
static bool at_rest(const struct partition *p)
{
	const u32 s = __atomic_load_n(&p->state, __ATOMIC_SEQ_CST);

	return (s == PARTITION_OFF || s == PARTITION_FAILED) &&
	       __atomic_load_n(&p->wish, __ATOMIC_SEQ_CST) == WISH_NONE;
}

/* The last partition that comes to rest ends the run; what that means is the build's choice. */
static void rest(struct partition *p, enum partition_state s)
{
	bool failed = false;

	state_set(p, s);
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		if (partitions[i] == NULL)
			continue;
		if (!at_rest(partitions[i]))
			return;
		failed |= partitions[i]->state == PARTITION_FAILED;
	}
	log_info("every partition has come to its end");
	run_end(failed);
}

/* ---- phases ---- */

static u32 renew_begin(struct partition *p)
{
	p->life.part = partition_parts;
	p->life.unfit = false;
	return LIFE_RENEW;
}

/* Vcpus leave the guest; each was kicked when it was parked. */
static u32 phase_leave(struct partition *p)
{
	for (u32 i = 0; i < p->vcpu_count; i++) {
		if (__atomic_load_n(&p->vcpu[i].running, __ATOMIC_SEQ_CST) != 0U)
			return LIFE_WAIT;
	}
	p->life.part = partition_parts;
	return LIFE_STOP;
}

/* One a step. */
static u32 phase_stop(struct partition *p)
{
	struct life *l = &p->life;

	while (l->part != NULL && l->part->stop == NULL)
		l->part = l->part->next;
	if (l->part == NULL)
		return renew_begin(p);
	l->part->stop(p);
	l->part = l->part->next;
	return STAY;
}

/* Its parts are as before a first start, or one of them cannot be. */
static u32 renewed(struct partition *p)
{
	const bool starts = p->life.restart || p->state == PARTITION_STARTING;

	p->life.restart = false;
	if (starts && !p->life.unfit) {
		state_set(p, PARTITION_STARTING);
		return LIFE_RIGHTS;
	}
	p->life.failed = p->life.failed || starts;
	log_info("partition %s: %s", p->config->name, p->life.failed ? "halted" : "off");
	rest(p, p->life.failed ? PARTITION_FAILED : PARTITION_OFF);
	return LIFE_IDLE;
}

/*
 * Nothing happens before @until. On a CPU that is shared nobody else's window is disturbed: the
 * next look is in the next window of its own.
 */
static u32 renew_later(const struct partition *p, u64 until)
{
	if (timer_now() >= until)
		return STAY;
	if (schedule_find(p->system, p->vcpu[0].cpu) == NULL)
		alarm_set(ALARM_LIFE, until);
	return LIFE_WAIT;
}

static u32 phase_renew(struct partition *p)
{
	struct life *l = &p->life;
	u64 until = 0;
	int err = 0;

	if (l->part == NULL)
		return renewed(p);
	if (l->part->renew != NULL)
		err = l->part->renew(p, &until);
	if (err == BH_EAGAIN)
		return renew_later(p, until);
	l->unfit = l->unfit || err != 0;
	l->part = l->part->next;
	return STAY;
}

/* The interrupt has woken the lead CPU, which looks what there is to do: that is all. */
static void life_alarm(void)
{
}

static int life_init(void)
{
	alarm_handler_set(ALARM_LIFE, life_alarm);
	return 0;
}
UNIT_DEFINE(life, 4, 17, life_init);

/* Those it comes after run, or have run: what they prepared is there. */
static u32 phase_after(struct partition *p)
{
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		if ((p->config->after & BIT(i)) == 0U || partitions[i] == NULL)
			continue;
		if (__atomic_load_n(&partitions[i]->starts, __ATOMIC_SEQ_CST) == 0U)
			return LIFE_WAIT;
	}
	return renew_begin(p);
}

/* Rights that were taken from pages, and what any CPU still knows of the guest's own tables. */
static u32 phase_rights(struct partition *p)
{
	for (u32 i = 0; i < p->region_count && !p->life.warm; i++) {
		struct s2_ticket t;

		if (region_reset(&p->ram[i], &t) == 0)
			s2_ticket_wait(&t);
	}
	s2_invalidate(p->s2.tag, HPA(p->s2.pt.root), GPA(0), 0);
	p->life.chunk = 0;
	p->life.done = 0;
	return p->life.warm ? LIFE_KERNEL : LIFE_SCRUB;
}

static u32 phase_scrub(struct partition *p)
{
	struct life *l = &p->life;
	const u64 size = p->config->memory[l->chunk].size;
	u8 *at = p->window[l->chunk] + l->done;

	cache_zero(at, PIECE);
	cache_clean_invalidate(at, PIECE);
	l->done += PIECE;
	if (l->done < size)
		return STAY;
	l->done = 0;
	l->chunk++;
	return l->chunk < p->region_count ? STAY : LIFE_KERNEL;
}

/* The payload is not what was signed, or cannot be read: it must not run. */
static u32 give_up(struct partition *p, const struct payload_config *c, int err)
{
	log_error("partition %s: payload %s: %s: not started", p->config->name, c->name,
		  err == BH_EBADSIG ? "its bytes differ from what was signed" : error_name(err));
	p->life.failed = true;
	rest(p, PARTITION_FAILED);
	return LIFE_IDLE;
}

/* One step of copying payload @c; then @next. */
static u32 copy_step(struct partition *p, const struct payload_config *c, gpa_t to, u64 size,
		     u32 next)
{
	int err = 0;

	if (size == 0U)
		return next;
	if (!p->life.begun) {
		err = partition_payloads->begin(p->id, c->name, partition_ram(p, to, size));
		p->life.begun = true;
		if (err == 0)
			return STAY;
	}
	if (err == 0)
		err = partition_payloads->step(p->id);
	if (err == BH_EAGAIN)
		return STAY;
	p->life.begun = false;
	return err == 0 ? next : give_up(p, c, err);
}

/* The guest begins with its caches off, and reads what is in memory. */
static u32 clean_step(struct partition *p, gpa_t from, u64 size, u32 next)
{
	struct life *l = &p->life;
	const u64 left = size - l->done;
	const u64 n = left < PIECE ? left : PIECE;

	if (n != 0U)
		cache_clean(partition_ram(p, GPA(from.v + l->done), n), n);
	l->done += n;
	if (l->done < size)
		return STAY;
	l->done = 0;
	return next;
}

static u32 phase_kernel(struct partition *p)
{
	p->life.chunk = 0;
	return copy_step(p, &p->config->kernel, p->plan.file, p->plan.kernel_size, LIFE_HEAD);
}

/* The plan was made before anything was verified; here lies what was. */
static u32 phase_head(struct partition *p)
{
	const struct load_plan *plan = &p->plan;
	struct life *l = &p->life;
	const u64 left = plan->head_size - l->done;
	const u64 n = left < BYTES_PIECE ? left : BYTES_PIECE;

	if (n != 0U &&
	    memcmp(partition_ram(p, GPA(plan->file.v + l->done), n), plan->head + l->done, n) != 0)
		return give_up(p, &p->config->kernel, BH_EBADSIG);
	l->done += n;
	if (l->done < plan->head_size)
		return STAY;
	l->done = 0;
	return plan->segment_count != 0U ? LIFE_SEGMENTS : LIFE_KERNEL_CLEAN;
}

/* From the checked file to where they run; RAM behind them is clear already. */
static u32 phase_segments(struct partition *p)
{
	const struct elf_segment *s = &p->plan.segment[p->life.chunk];
	struct life *l = &p->life;
	const u64 left = s->file_size - l->done;
	const u64 piece = ((s->at | s->offset) & 7U) == 0U ? WORDS_PIECE : BYTES_PIECE;
	const u64 n = left < piece ? left : piece;

	if (n != 0U) {
		u8 *to = partition_ram(p, GPA(s->at + l->done), n);

		memcpy(to, partition_ram(p, GPA(p->plan.file.v + s->offset + l->done), n), n);
		cache_clean(to, n);
	}
	l->done += n;
	if (l->done < s->file_size)
		return STAY;
	l->done = 0;
	l->chunk++;
	return l->chunk < p->plan.segment_count ? STAY : LIFE_UNSTAGE;
}

static u32 phase_unstage(struct partition *p)
{
	struct life *l = &p->life;
	u8 *at = partition_ram(p, GPA(p->plan.file.v + l->done), PIECE);

	cache_zero(at, PIECE);
	cache_clean_invalidate(at, PIECE);
	l->done += PIECE;
	if (l->done < p->plan.kernel_size)
		return STAY;
	l->done = 0;
	return LIFE_RAMDISK;
}

static u32 phase_kernel_clean(struct partition *p)
{
	return clean_step(p, p->plan.kernel, p->plan.kernel_size, LIFE_RAMDISK);
}

static u32 phase_ramdisk(struct partition *p)
{
	return copy_step(p, &p->config->ramdisk, p->plan.ramdisk, p->plan.ramdisk_size,
			 LIFE_RAMDISK_CLEAN);
}

static u32 phase_ramdisk_clean(struct partition *p)
{
	return clean_step(p, p->plan.ramdisk, p->plan.ramdisk_size, LIFE_DESCRIBE);
}

static u32 phase_describe(struct partition *p)
{
	const struct load_plan *plan = &p->plan;
	u8 *to = partition_ram(p, plan->description, plan->description_size);
	struct life *l = &p->life;
	const u64 left = plan->description_size - l->done;
	const u64 n = left < PIECE / 4U ? left : PIECE / 4U;

	memcpy(to + l->done, plan->description_blob + l->done, n);
	cache_clean(to + l->done, n);
	l->done += n;
	if (l->done < plan->description_size)
		return STAY;
	l->done = 0;
	l->vcpu = 0;
	l->at = 0;
	return LIFE_VCPUS;
}

/* Rights of its memory come back by phase_rights(); locks and epochs of that and of maps go on. */
const struct state_field partition_fields[] = {
	STATE_FIELD(struct partition, system, BOOT),
	STATE_FIELD(struct partition, config, BOOT),
	STATE_FIELD(struct partition, id, BOOT),
	STATE_FIELD(struct partition, state, KEPT),
	STATE_FIELD(struct partition, wish, KEPT),
	STATE_FIELD(struct partition, starts, KEPT),
	STATE_FIELD(struct partition, failures, KEPT),
	STATE_FIELD(struct partition, why, RESET),
	STATE_FIELD(struct partition, trouble, RESET),
	STATE_FIELD(struct partition, ignored, RESET),
	STATE_FIELD(struct partition, health, KEPT),
	STATE_FIELD(struct partition, bells, RESET),
	STATE_FIELD(struct partition, s2, KEPT),
	STATE_FIELD(struct partition, mmio, KEPT),
	STATE_FIELD(struct partition, ports, KEPT),
	STATE_FIELD(struct partition, virq, BOOT),
	STATE_FIELD(struct partition, region_count, BOOT),
	STATE_FIELD(struct partition, ram, KEPT),
	STATE_FIELD(struct partition, window, BOOT),
	STATE_FIELD(struct partition, vcpu_count, BOOT),
	STATE_FIELD(struct partition, vcpu, BOOT),
	STATE_FIELD(struct partition, peers, BOOT),
	STATE_FIELD(struct partition, plan, BOOT),
	STATE_FIELD(struct partition, life, KEPT),
};

const u32 partition_field_count = ARRAY_SIZE(partition_fields);

static void vcpu_as_at_first(struct vcpu *v)
{
	const bool lead = v->id == 0U;

	state_reset(v, vcpu_fields, vcpu_field_count);
	v->power = lead ? VCPU_ON : VCPU_OFF;
	/* Its CPU, which may be another, decides about its windows. */
	if (!lead)
		__atomic_fetch_or(&v->parked, PARK_OFF, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&v->parked, lead ? PARK_WINDOW : PARK_WINDOW | PARK_OFF,
			   __ATOMIC_SEQ_CST);
}

static u32 phase_vcpus(struct partition *p)
{
	struct life *l = &p->life;
	struct vcpu *v = &p->vcpu[l->vcpu];
	struct vcpu_start start = p->plan.start;

	if (!l->begun) {
		int err;

		start.id = v->id;
		err = vcpu_reset(v->arch, &p->s2, &start, &l->at);
		BUG_ON(err != 0 && err != BH_EAGAIN);
		l->begun = err == 0;
		l->at = l->begun ? 0U : l->at;
		return STAY;
	}
	if (l->at == 0U) {
		vcpu_check(v->arch);
		l->at = 1;
		return STAY;
	}
	vcpu_as_at_first(v);
	l->begun = false;
	l->at = 0;
	l->vcpu++;
	l->part = partition_parts;
	return l->vcpu < p->vcpu_count ? STAY : LIFE_PARTS;
}

/* Before the interrupt controller: a device that is at rest raises nothing in it again. */
static u32 phase_parts(struct partition *p)
{
	struct life *l = &p->life;

	while (l->part != NULL && l->part->reset == NULL)
		l->part = l->part->next;
	if (l->part == NULL)
		return LIFE_VIRQ;
	l->part->reset(p);
	l->part = l->part->next;
	return STAY;
}

static u32 phase_virq(struct partition *p)
{
	if (virq_reset(p->virq, &p->life.at) == BH_EAGAIN)
		return STAY;
	return LIFE_GO;
}

/* Everything a guest could have changed is as at first: it runs. */
static u32 phase_go(struct partition *p)
{
	/* What was wrong with the guest that ran before, too, is not this one's fault. */
	state_reset(p, partition_fields, partition_field_count);
	state_hash_show(p);
	cache_sync_code(partition_ram(p, p->plan.entry, 1), 1);
	__atomic_store_n(&p->starts, p->starts + 1U, __ATOMIC_SEQ_CST);
	log_info("partition %s: %s", p->config->name, p->starts == 1U ? "runs" : "runs again");
	state_set(p, PARTITION_RUNNING);
	kick_followers(p);
	return LIFE_IDLE;
}

/* ---- what is wished ---- */

static void leave(struct partition *p, bool restart)
{
	p->life.restart = restart;
	p->life.warm = false;
	state_set(p, PARTITION_STOPPING);
	for (u32 i = 0; i < p->vcpu_count; i++)
		vcpu_park(&p->vcpu[i], PARK_RESET);
}

/* May it be tried again? */
static bool again(struct partition *p)
{
	const struct partition_config *c = p->config;

	if (p->failures >= c->restarts_max) {
		log_warn("partition %s: restarted %u times, that is all it has", c->name,
			 p->failures);
		return false;
	}
	p->failures++;
	return true;
}

static u32 on_failure(struct partition *p, const char *why)
{
	const struct partition_config *c = p->config;
	const u32 trouble = __atomic_exchange_n(&p->trouble, 0U, __ATOMIC_SEQ_CST);
	const enum failure_action action =
		c->action[trouble != 0U ? (u32)__builtin_ctz(trouble) : (u32)HEALTH_STOP];
	const bool restart = action == FAILURE_RESTART && again(p);

	log_warn("partition %s: %s: %s", c->name, why, restart ? "restarts" : "halts");
	p->life.failed = !restart;
	leave(p, restart);
	if (!restart && (action == FAILURE_DEGRADE || c->degrade))
		system_degrade(p);
	return LIFE_LEAVE;
}

static u32 on_start(struct partition *p)
{
	p->life.failed = false;
	p->life.warm = false;
	state_set(p, PARTITION_STARTING);
	return LIFE_AFTER;
}

/* What was wished is so already; a vcpu that asked has left the guest to see it. */
static u32 nothing_new(struct partition *p)
{
	for (u32 i = 0; i < p->vcpu_count; i++)
		upcall_vcpu_kick(p->vcpu[i].arch);
	return LIFE_IDLE;
}

/* Whoever leaves a wish parks the lead's vcpu behind it, so that its CPU comes here. */
static u32 phase_idle(struct partition *p)
{
	const u32 state = p->state;
	const bool runs = state == PARTITION_RUNNING;
	const char *why;
	u32 wish = WISH_NONE;

	__atomic_fetch_and(&p->vcpu[0].parked, ~PARK_RESET, __ATOMIC_SEQ_CST);
	why = __atomic_exchange_n(&p->why, NULL, __ATOMIC_SEQ_CST);
	/* One that failed has had its wishes: what its guest asked for last is forgotten. */
	if (why != NULL && runs)
		return on_failure(p, why);
	wish = __atomic_exchange_n(&p->wish, WISH_NONE, __ATOMIC_SEQ_CST);
	switch (wish) {
	case WISH_START:
	case WISH_RESTART:
	case WISH_RESET_WARM:
		if (!runs)
			return on_start(p);
		if (wish == WISH_START)
			return nothing_new(p);
		leave(p, true);
		p->life.warm = wish == WISH_RESET_WARM;
		return LIFE_LEAVE;
	case WISH_STOP:
		if (!runs)
			return nothing_new(p);
		leave(p, false);
		return LIFE_LEAVE;
	default:
		return LIFE_WAIT;
	}
}

static u32 (*const phases[LIFE_PHASES])(struct partition *p) = {
	[LIFE_IDLE] = phase_idle,
	[LIFE_AFTER] = phase_after,
	[LIFE_LEAVE] = phase_leave,
	[LIFE_STOP] = phase_stop,
	[LIFE_RENEW] = phase_renew,
	[LIFE_RIGHTS] = phase_rights,
	[LIFE_SCRUB] = phase_scrub,
	[LIFE_KERNEL] = phase_kernel,
	[LIFE_HEAD] = phase_head,
	[LIFE_KERNEL_CLEAN] = phase_kernel_clean,
	[LIFE_SEGMENTS] = phase_segments,
	[LIFE_UNSTAGE] = phase_unstage,
	[LIFE_RAMDISK] = phase_ramdisk,
	[LIFE_RAMDISK_CLEAN] = phase_ramdisk_clean,
	[LIFE_DESCRIBE] = phase_describe,
	[LIFE_VCPUS] = phase_vcpus,
	[LIFE_PARTS] = phase_parts,
	[LIFE_VIRQ] = phase_virq,
	[LIFE_GO] = phase_go,
};

bool life_step(struct partition *p)
{
	const u32 next = phases[p->life.phase](p);

	if (next == LIFE_WAIT)
		return false;
	if (next != STAY)
		p->life.phase = next;
	return true;
}
