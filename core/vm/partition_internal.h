/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up partitions share. */
#ifndef CORE_VM_PARTITION_INTERNAL_H
#define CORE_VM_PARTITION_INTERNAL_H

#include <bulkhead/vm/partition.h>

/* NULL until a system image is there. */
extern const struct payload_ops *partition_payloads;

/* The registered parts, in order. */
extern struct partition_part *partition_parts;

/*
 * Boot: @size bytes of zeroed memory for state, page-aligned; NULL: none left, which was logged
 * for partition @name.
 */
void *partition_memory(const char *name, u64 size);

/* Boot: lets @p see a shared region. Errors are logged with the partition. */
int partition_region_attach(struct partition *p, const struct attach_config *a);

/* Shared region @index; NULL: no such region. */
struct region *partition_region(u32 index);

/* Boot: decides where payloads and description of @p go. Errors are logged with the node. */
int load_plan_make(struct partition *p);

/* Boot: makes the guest's description, in p->plan.description_blob, and how it starts. */
int describe_make(const struct system_config *system, struct partition *p);

/* The byte of @p's RAM at [@gpa, @gpa + @size) as Bulkhead sees it; NULL: not all of it is RAM. */
u8 *partition_ram(const struct partition *p, gpa_t gpa, u64 size);

/*
 * One step of the partition's life, on its lead CPU. False: there is nothing to do until somebody
 * kicks.
 */
bool life_step(struct partition *p);

/* May vcpus of @p run? */
bool life_runs(const struct partition *p);

/* Boot: pins @v to its CPU's slot, or gives it the windows of @s there that are its partition's. */
void slot_assign(const struct schedule_config *s, struct vcpu *v);

/* Boot: the same for a CPU that partitions share; one vcpu of a partition each. */
void window_tenant_add(const struct schedule_config *s, struct vcpu *v);

/* Boot: from now on frames are counted, on every CPU that is shared. */
void windows_start(void);

/* This CPU: false if it is not shared; else @v is whose window it is, NULL: nobody's. */
bool window_turn(struct vcpu **v);

/* This CPU: a window of @v, the lead of its partition, began at @begin. */
void watch_window(const struct vcpu *v, u64 begin);

/* What becomes of each field of its watch at a start (base/state.h). */
extern const struct state_field watch_fields[];
extern const u32 watch_field_count;

/* Is a partition of @c to run in mode @m? */
bool health_runs_in(const struct partition_config *c, enum system_mode m);

/* A CPU of @p: bells that were rung become interrupts. */
void partition_bells_take(struct partition *p);

/* One turn of this CPU's slot. False: there is nothing to do until somebody kicks. */
bool slot_turn(void);

/* Boot: sends every CPU that has a vcpu to its slot. */
void slots_start(void);

/* The usual devices of @p; NULL: not built yet. Only where machines have such (arch/vdev.h). */
struct vdev;
struct vdev *partition_devices(const struct partition *p);

/* Any CPU: makes the lead CPU of @p look. */
void slot_kick_lead(const struct partition *p);

#endif
