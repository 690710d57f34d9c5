// SPDX-License-Identifier: Apache-2.0
/* What a partition says of itself, and who has which CPU. */
#include <bulkhead/lib/string.h>

#include "manifest_internal.h"

/* The words of type in manifest_binding.h. */
static const struct {
	const char *name;
	enum payload_type type;
} types[] = {
	{ "raw", PAYLOAD_RAW },
	{ "elf", PAYLOAD_ELF },
	{ "linux", PAYLOAD_LINUX },
	{ "pvh", PAYLOAD_PVH },
	{ "multiboot", PAYLOAD_MULTIBOOT },
	{ "real", PAYLOAD_REAL },
};

void manifest_refuse_cpu(struct manifest *m, int offset, u32 cpu)
{
	if (m->board->cpu_count == 1U)
		manifest_refuse(m, RULE_CPU_ABSENT, offset, "cpus",
				"CPU %u is not there: the board has CPU 0 only", cpu);
	else
		manifest_refuse(m, RULE_CPU_ABSENT, offset, "cpus",
				"CPU %u is not there: the board has CPUs 0 to %u", cpu,
				m->board->cpu_count - 1U);
}

/* The CPUs that partition @id names; those in @owned have an owner. */
static void cpus_named(struct manifest *m, u32 id, u64 *owned)
{
	const struct draft_partition *d = &m->draft->partition[id];
	struct partition_config *p = &m->out->partition[id];
	const u64 shared = manifest_schedule_cpus(m);

	for (u32 i = 0; i < d->cpus.size / 4U; i++) {
		u32 cpu = draft_cell(&d->cpus, i);
		u32 owner = 0;

		if (cpu >= m->board->cpu_count || cpu >= 64U) {
			manifest_refuse_cpu(m, d->n.offset, cpu);
			continue;
		}
		while (owner < id && (m->out->partition[owner].cpus & BIT(cpu)) == 0U)
			owner++;
		if ((p->cpus & BIT(cpu)) != 0U)
			owner = id;
		if ((*owned & BIT(cpu)) != 0U && (owner == id || (shared & BIT(cpu)) == 0U)) {
			manifest_refuse(m, RULE_CPU_SHARED, d->n.offset, "cpus", "CPU %u %s%s", cpu,
					owner == id ? "is there twice" : "belongs to partition ",
					owner == id ? "" : m->draft->partition[owner].n.name);
			continue;
		}
		*owned |= BIT(cpu);
		p->cpus |= BIT(cpu);
	}
}

static void cpus_rest(struct manifest *m, u32 id, u64 *owned)
{
	u64 all = m->board->cpu_count >= 64U ? ~0ULL : BIT(m->board->cpu_count) - 1U;

	m->out->partition[id].cpus = all & ~*owned;
	if ((all & ~*owned) == 0U)
		manifest_refuse(m, RULE_CPU_NONE, m->draft->partition[id].n.offset, "cpus",
				"nothing is left: others have all %u CPUs", m->board->cpu_count);
	*owned = all;
}

static u32 cpus_in(u64 set)
{
	u32 n = 0;

	for (; set != 0U; set &= set - 1U)
		n++;
	return n;
}

static void cpus_share_out(struct manifest *m)
{
	u64 owned = 0;

	for (u32 i = 0; i < m->draft->partition_count; i++) {
		if (!m->draft->partition[i].cpus.rest)
			cpus_named(m, i, &owned);
	}
	for (u32 i = 0; i < m->draft->partition_count; i++) {
		struct partition_config *p = &m->out->partition[i];

		if (m->draft->partition[i].cpus.rest)
			cpus_rest(m, i, &owned);
		p->vcpu_count = cpus_in(p->cpus);
	}
}

static bool payload_known(const struct draft *d, const char *name)
{
	for (u32 i = 0; i < d->payload_count; i++) {
		if (strcmp(d->payload[i].n.name, name) == 0)
			return true;
	}
	return false;
}

static void payload_name(struct manifest *m, const struct draft_kernel *k,
			 struct payload_config *out)
{
	out->name = k->payload;
	out->load = k->load;
	out->entry = k->entry;
	if (!payload_known(m->draft, k->payload))
		manifest_refuse(m, RULE_PAYLOAD_MISSING, k->n.offset, "payload",
				"%s is not in /payloads", k->payload);
}

static void kernel_take(struct manifest *m, const struct draft_kernel *k,
			struct payload_config *out)
{
	payload_name(m, k, out);
	out->type = types[k->type].type;
	if ((m->board->vplat->payload_types & (1U << out->type)) == 0U)
		manifest_refuse(m, RULE_PAYLOAD_TYPE, k->n.offset, "type",
				"this architecture does not boot %s", types[k->type].name);
}

/* A set of partitions that references name. */
static u64 partitions_named(struct manifest *m, const struct draft_partition *d,
			    const struct draft_value *refs, const char *property)
{
	u64 set = 0;

	for (u32 i = 0; i < refs->size / 4U; i++) {
		u32 id = draft_partition_find(m->draft, draft_cell(refs, i));

		if (id == PARTITIONS_MAX)
			manifest_refuse(m, RULE_REFERENCE, d->n.offset, property,
					"reference %u leads to no partition", i + 1U);
		else
			set |= BIT(id);
	}
	return set;
}

/* Starts whoever waits for nobody that has not been started, until nothing changes. */
static void order_check(struct manifest *m)
{
	const struct system_config *s = m->out;
	u64 all = BIT(s->partition_count) - 1U;
	u64 started = 0;

	for (u32 turn = 0; turn < s->partition_count; turn++) {
		for (u32 i = 0; i < s->partition_count; i++) {
			if ((s->partition[i].after & ~started) == 0U)
				started |= BIT(i);
		}
	}
	for (u32 i = 0; i < s->partition_count; i++) {
		u64 missing = s->partition[i].after & ~started;

		if (((all & ~started) & BIT(i)) == 0U)
			continue;
		manifest_refuse(m, RULE_ORDER, m->draft->partition[i].n.offset, "after",
				"it waits for %s, which waits for it or for a circle",
				s->partition[__builtin_ctzll(missing)].name);
		return;
	}
}

/* The words of on-failure, and behind "as-failure" of on-watchdog and the like. */
static const enum failure_action actions[] = { FAILURE_HALT, FAILURE_RESTART, FAILURE_DEGRADE,
					       FAILURE_IGNORE };

/* Of on-dma-fault "ignore" is the first word, and what is done if nothing is said. */
static enum failure_action on_dma_fault(const struct draft_partition *d)
{
	const u32 word = d->on_event[HEALTH_DMA];

	if (word == 0U)
		return FAILURE_IGNORE;
	return actions[word > 1U ? word - 2U : d->on_failure];
}

/* The words of runs-in, as modes in which it does not run. */
static const u32 not_in[] = { 0, (u32)BIT(MODE_DEGRADED), (u32)BIT(MODE_NORMAL) };

static void health_take(const struct draft_partition *d, struct partition_config *p)
{
	for (u32 i = 0; i < HEALTH_DMA; i++)
		p->action[i] = actions[d->on_event[i] != 0U ? d->on_event[i] - 1U : d->on_failure];
	p->action[HEALTH_DMA] = on_dma_fault(d);
	p->restarts_max = d->restarts_max;
	p->degrade = d->restarts_then != 0U;
	p->not_in = not_in[d->runs_in];
	p->watchdog_ms = d->watchdog_ms;
	p->deadline_us = d->deadline_us;
}

/* SMCCC (Arm DEN 0028), chapter 2: function identifiers. */
#define SMCCC_FAST 0x80000000U
#define SMCCC_OWNER_SHIFT 24U
#define SMCCC_OWNER 0x3fU
#define OWNER_CPU 1U
#define OWNER_OEM 3U

/* PSCI and what else is standard would reach beyond the partition. */
static bool may_pass(u32 first, u32 last)
{
	const u32 owner = first >> SMCCC_OWNER_SHIFT & SMCCC_OWNER;

	return (first & SMCCC_FAST) != 0U && owner >= OWNER_CPU && owner <= OWNER_OEM &&
	       first >> SMCCC_OWNER_SHIFT == last >> SMCCC_OWNER_SHIFT;
}

static void firmware_take(struct manifest *m, u32 id, const struct draft_value *v,
			  const char *property, enum firmware_action action)
{
	const int offset = m->draft->partition[id].n.offset;
	struct firmware_filter *f = &m->out->partition[id].firmware;

	if (v->size % 8U != 0U) {
		manifest_refuse(m, RULE_FIRMWARE, offset, property, "%u numbers, expected pairs",
				v->size / 4U);
		return;
	}
	for (u32 i = 0; i < v->size / 8U; i++) {
		const u32 first = draft_cell(v, 2U * i);
		const u32 last = draft_cell(v, 2U * i + 1U);

		if (first > last || (action == FIRMWARE_PASS && !may_pass(first, last))) {
			manifest_refuse(m, RULE_FIRMWARE, offset, property,
					"0x%x to 0x%x cannot be %s", first, last,
					first > last ? "a range" : "passed");
			return;
		}
		if (f->count == FIRMWARE_RULES_MAX) {
			manifest_refuse(m, RULE_MANY, offset, property,
					"more than %u ranges of firmware calls",
					FIRMWARE_RULES_MAX);
			return;
		}
		f->rule[f->count].first = first;
		f->rule[f->count].last = last;
		f->rule[f->count].action = action;
		f->count++;
	}
}

static u64 features_take(struct manifest *m, u32 id, const struct draft_value *v,
			 const char *property)
{
	const struct vplat *plat = m->board->vplat;
	u64 set = 0;

	for (const char *name = draft_string(v, NULL); name != NULL; name = draft_string(v, name)) {
		u32 n = 0;

		while (n < plat->cpu_feature_count && strcmp(plat->cpu_feature[n], name) != 0)
			n++;
		if (n == plat->cpu_feature_count)
			manifest_refuse(m, RULE_CPU_FEATURE, m->draft->partition[id].n.offset,
					property, "%s: this architecture has no such feature",
					name);
		else
			set |= BIT(n);
	}
	return set;
}

static void cpu_features_take(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	struct partition_config *p = &m->out->partition[id];
	u64 both;

	p->cpu_show = features_take(m, id, &d->cpu_show, "cpu-show");
	p->cpu_hide = features_take(m, id, &d->cpu_hide, "cpu-hide");
	p->tsc_hz = d->tsc_frequency;
	if (p->tsc_hz != 0U && m->board->vplat->cpu_feature_count == 0U)
		manifest_refuse(m, RULE_CPU_FEATURE, d->n.offset, "tsc-frequency",
				"this architecture has no TSC");
	both = p->cpu_show & p->cpu_hide;
	if (both != 0U)
		manifest_refuse(m, RULE_CPU_FEATURE, d->n.offset, "cpu-hide",
				"%s is to be shown and hidden",
				m->board->vplat->cpu_feature[__builtin_ctzll(both)]);
}

static void policy_take(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	struct partition_config *p = &m->out->partition[id];

	p->bootargs = d->bootargs;
	p->console = d->console;
	p->after = partitions_named(m, d, &d->after, "after");
	p->manages = partitions_named(m, d, &d->manages, "manages");
	health_take(d, p);
	cpu_features_take(m, id);
	firmware_take(m, id, &d->firmware_deny, "firmware-deny", FIRMWARE_DENY);
	firmware_take(m, id, &d->firmware_pass, "firmware-pass", FIRMWARE_PASS);
}

void manifest_partitions(struct manifest *m)
{
	const struct draft *d = m->draft;

	m->out->partition_count = d->partition_count;
	for (u32 i = 0; i < d->partition_count; i++) {
		struct partition_config *p = &m->out->partition[i];

		p->name = d->partition[i].n.name;
		kernel_take(m, &d->partition[i].kernel, &p->kernel);
		if (d->partition[i].ramdisk.n.there)
			payload_name(m, &d->partition[i].ramdisk, &p->ramdisk);
		policy_take(m, i);
	}
	cpus_share_out(m);
	order_check(m);
}
