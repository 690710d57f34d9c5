// SPDX-License-Identifier: Apache-2.0
/* Which CPUs partitions share, and whose windows follow each other there. */
#include "manifest_internal.h"

/* Shorter windows would be spent on switching; a longer frame is no real time. */
#define WINDOW_US_MIN 100U
#define WINDOW_US_MAX 1000000U

u64 manifest_schedule_cpus(const struct manifest *m)
{
	u64 set = 0;

	for (u32 i = 0; i < m->draft->schedule_count; i++) {
		const struct draft_value *cpus = &m->draft->schedule[i].cpus;

		for (u32 n = 0; n < cpus->size / 4U; n++) {
			const u32 cpu = draft_cell(cpus, n);

			set |= cpu < 64U ? BIT(cpu) : 0U;
		}
	}
	return set;
}

static void cpus_take(struct manifest *m, u32 id)
{
	const struct draft_schedule *d = &m->draft->schedule[id];
	struct schedule_config *s = &m->out->schedule[id];

	for (u32 i = 0; i < d->cpus.size / 4U; i++) {
		const u32 cpu = draft_cell(&d->cpus, i);
		const struct schedule_config *other;

		if (cpu >= m->board->cpu_count || cpu >= 64U) {
			manifest_refuse_cpu(m, d->n.offset, cpu);
			continue;
		}
		other = (s->cpus & BIT(cpu)) != 0U ? s : schedule_find(m->out, cpu);
		if (other != NULL)
			manifest_refuse(m, RULE_SCHEDULE, d->n.offset, "cpus",
					"CPU %u follows schedule %s already", cpu, other->name);
		s->cpus |= BIT(cpu);
	}
}

static void window_take(struct manifest *m, const struct draft_schedule *d,
			const struct draft_windows *w, u32 i, struct window_config *out)
{
	out->us = draft_cell(&w->lengths, i);
	out->partition = PARTITIONS_MAX;
	if (out->us < WINDOW_US_MIN || out->us > WINDOW_US_MAX)
		manifest_refuse(m, RULE_WINDOWS, d->n.offset, w->lengths_name,
				"window %u: %u us, expected %u to %u", i + 1U, out->us,
				WINDOW_US_MIN, WINDOW_US_MAX);
	if (i >= w->owners.size / 4U)
		return;
	out->partition = draft_partition_find(m->draft, draft_cell(&w->owners, i));
	if (out->partition == PARTITIONS_MAX)
		manifest_refuse(m, RULE_REFERENCE, d->n.offset, w->owners_name,
				"reference %u leads to no partition", i + 1U);
}

/* A length for each window; one more is time that nobody has. */
static void windows_take(struct manifest *m, const struct draft_schedule *d,
			 const struct draft_windows *w, struct window_list *out)
{
	const u32 owners = w->owners.size / 4U;
	const u32 lengths = w->lengths.size / 4U;

	if (lengths != owners && lengths != owners + 1U) {
		manifest_refuse(m, RULE_WINDOWS, d->n.offset, w->lengths_name,
				"%u lengths for %u windows", lengths, owners);
		return;
	}
	for (u32 i = 0; i < lengths; i++)
		window_take(m, d, w, i, &out->window[i]);
	out->count = lengths;
}

static u64 partitions_of(const struct schedule_config *s)
{
	u64 set = 0;

	for (u32 mode = 0; mode < SYSTEM_MODES; mode++) {
		for (u32 i = 0; i < s->mode[mode].count; i++) {
			const u32 id = s->mode[mode].window[i].partition;

			set |= id < PARTITIONS_MAX ? BIT(id) : 0U;
		}
	}
	return set;
}

/* Who has the CPUs has windows, and who has windows has the CPUs. */
static void owners_check(struct manifest *m, u32 id)
{
	const struct schedule_config *s = &m->out->schedule[id];
	const u64 scheduled = partitions_of(s);

	for (u32 i = 0; i < m->out->partition_count; i++) {
		const struct partition_config *p = &m->out->partition[i];
		const bool has = (scheduled & BIT(i)) != 0U;

		if (!has && (p->cpus & s->cpus) != 0U)
			manifest_refuse(m, RULE_SCHEDULE, m->draft->schedule[id].n.offset,
					"windows", "partition %s has CPU %u, but no window",
					p->name, (u32)__builtin_ctzll(p->cpus & s->cpus));
		if (has && (s->cpus & ~p->cpus) != 0U)
			manifest_refuse(m, RULE_SCHEDULE, m->draft->schedule[id].n.offset,
					"windows", "partition %s has a window, but not CPU %u",
					p->name, (u32)__builtin_ctzll(s->cpus & ~p->cpus));
	}
}

static void deadlines_check(struct manifest *m)
{
	for (u32 i = 0; i < m->out->partition_count; i++) {
		const struct partition_config *p = &m->out->partition[i];

		if (p->deadline_us != 0U && p->cpus != 0U &&
		    schedule_find(m->out, (u32)__builtin_ctzll(p->cpus)) == NULL)
			manifest_refuse(m, RULE_DEADLINE, m->draft->partition[i].n.offset,
					"deadline-us", "CPU %u is in no schedule",
					(u32)__builtin_ctzll(p->cpus));
	}
}

void manifest_schedules(struct manifest *m)
{
	for (u32 i = 0; i < m->draft->schedule_count; i++) {
		const struct draft_schedule *d = &m->draft->schedule[i];
		const struct draft_windows normal = {
			.owners = d->windows,
			.lengths = d->lengths,
			.owners_name = "windows",
			.lengths_name = "window-us",
		};
		const struct draft_windows degraded = {
			.owners = d->degraded_windows,
			.lengths = d->degraded_lengths,
			.owners_name = "degraded-windows",
			.lengths_name = "degraded-window-us",
		};
		struct schedule_config *s = &m->out->schedule[i];

		s->name = d->n.name;
		cpus_take(m, i);
		windows_take(m, d, &normal, &s->mode[MODE_NORMAL]);
		windows_take(m, d, &degraded, &s->mode[MODE_DEGRADED]);
		m->out->schedule_count = i + 1U;
		owners_check(m, i);
	}
	deadlines_check(m);
}
