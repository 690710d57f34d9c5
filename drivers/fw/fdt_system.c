// SPDX-License-Identifier: Apache-2.0
/* Nodes known by their place: root, CPUs, memory, reserved memory, chosen. */
#include <libfdt.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"
#include "machine_build.h"

int fdt_read_root(struct fdt_walk *w)
{
	const char *model;
	int err = fdt_text(w, PROP_MODEL, &model);

	if (err == 0 && model != NULL) {
		(void)text_copy(w->m->model, sizeof(w->m->model), model, w->prop[PROP_MODEL].size);
	}
	return err;
}

static int cpu_release(struct fdt_walk *w, struct machine_cpu *cpu)
{
	const char *method;
	u64 release;
	int err = fdt_text(w, PROP_ENABLE_METHOD, &method);

	if (err != 0 || method == NULL || strcmp(method, "spin-table") != 0) {
		return err;
	}
	err = fdt_u64(w, PROP_CPU_RELEASE_ADDR, 0, &release);
	if (err == 0 && (release == 0U || (release % 8U) != 0U)) {
		return fdt_bad(w, "cpu-release-addr: 0x%lx, expected a multiple of 8 other than 0",
			       release);
	}
	cpu->release = HPA(release);
	return err;
}

/* reg of a CPU is its MPIDR affinity, not an address: no ranges apply (arm cpus binding). */
int fdt_read_cpu(struct fdt_walk *w)
{
	const struct fdt_level *cpus = &w->level[1];
	struct machine_cpu *cpu;
	u64 hwid;
	u32 index = w->m->cpu_count + w->m->dropped;
	int err;

	if (cpus->address_cells == 0U || cpus->address_cells > 2U || cpus->size_cells != 0U ||
	    w->prop[PROP_REG].size != cpus->address_cells * 4U) {
		return fdt_bad(w, "reg: %u bytes in %u address, %u size cells; expected one id",
			       w->prop[PROP_REG].size, cpus->address_cells, cpus->size_cells);
	}
	err = fdt_u64(w, PROP_REG, 0, &hwid);
	if (err != 0) {
		return err;
	}
	cpu = machine_add_cpu(w->m, hwid);
	if (cpu == NULL) {
		return 0;
	}
	cpu->fw_id = index;
	cpu->enabled = w->level[w->depth].live;
	return cpu_release(w, cpu);
}

int fdt_read_memory(struct fdt_walk *w)
{
	struct machine_range r;
	u32 count;
	int err = fdt_reg_count(w, &count);

	if (err == 0 && count == 0U) {
		return fdt_bad(w, "reg: absent, expected the memory's ranges");
	}
	for (u32 i = 0; i < count && err == 0; i++) {
		err = fdt_reg(w, i, &r);
		if (err == 0) {
			machine_add_ram(w->m, r.base.v, r.size);
		}
	}
	return err;
}

/* A child without reg asks an operating system for memory somewhere: nothing is there yet. */
int fdt_read_reserved(struct fdt_walk *w)
{
	struct machine_range r;
	u32 count;
	int err = fdt_reg_count(w, &count);

	for (u32 i = 0; i < count && err == 0; i++) {
		err = fdt_reg(w, i, &r);
		if (err == 0) {
			err = machine_add_reserved(w->m, r.base.v, r.size);
		}
	}
	return err;
}

/* The memory reservation block (5.3): pairs of address and size, ended by a pair of zeros. */
int fdt_read_memreserve(struct fdt_walk *w)
{
	int n = fdt_num_mem_rsv(w->fdt);
	u64 base;
	u64 size;
	int err = 0;

	if (n < 0) {
		log_error("fdt: memory reservation block: no end within the tree");
		return trace_error(BH_EINVAL);
	}
	for (int i = 0; i < n && err == 0; i++) {
		if (fdt_get_mem_rsv(w->fdt, i, &base, &size) != 0 || base + size < base) {
			log_error("fdt: memory reservation %d wraps", i);
			return trace_error(BH_EINVAL);
		}
		err = machine_add_reserved(w->m, base, size);
	}
	return err;
}

static int chosen_initrd(struct fdt_walk *w)
{
	struct fdt_chosen *c = w->chosen;
	int err = fdt_u64(w, PROP_INITRD_START, 0, &c->initrd_start);

	if (err == 0) {
		err = fdt_u64(w, PROP_INITRD_END, 0, &c->initrd_end);
	}
	if (err == 0 && c->initrd_end < c->initrd_start) {
		return fdt_bad(w, "linux,initrd-end: 0x%lx, expected at least the start 0x%lx",
			       c->initrd_end, c->initrd_start);
	}
	return err;
}

int fdt_read_chosen(struct fdt_walk *w)
{
	const char *text;
	int err = fdt_text(w, PROP_STDOUT_PATH, &text);

	if (err == 0) {
		w->stdout_path = w->prop[PROP_STDOUT_PATH];
		err = fdt_text(w, PROP_BOOTARGS, &text);
	}
	if (err == 0 && text != NULL) {
		if (strlen(text) >= sizeof(w->chosen->bootargs)) {
			return fdt_bad(w, "bootargs: %u bytes, expected less than %u",
				       w->prop[PROP_BOOTARGS].size,
				       (u32)sizeof(w->chosen->bootargs));
		}
		(void)text_copy(w->chosen->bootargs, sizeof(w->chosen->bootargs), text,
				w->prop[PROP_BOOTARGS].size);
	}
	return err != 0 ? err : chosen_initrd(w);
}

/* The UART whose path is spelled like the first @len bytes of @path, or the list's end. */
static u32 uart_by_path(const struct fdt_walk *w, const char *path, size_t len)
{
	u32 i = 0;

	while (i < w->m->uart_count &&
	       (strncmp(w->uart_path[i], path, len) != 0 || w->uart_path[i][len] != '\0')) {
		i++;
	}
	return i;
}

/*
 * stdout-path is a path or an alias, and may go on with ":115200n8" (3.6). Nearly always it is
 * the path of a UART that was seen; only for the rest is the tree walked again.
 */
void fdt_find_console(struct fdt_walk *w)
{
	const char *path = (const char *)w->stdout_path.data;
	const char *colon;
	size_t len;
	int node;
	u32 i;

	if (path == NULL) {
		return;
	}
	colon = strchr(path, ':');
	len = colon != NULL ? (size_t)(colon - path) : strlen(path);
	i = len < FDT_PATH_MAX ? uart_by_path(w, path, len) : w->m->uart_count;
	if (i == w->m->uart_count) {
		node = fdt_path_offset_namelen(w->fdt, path, (int)len);
		for (i = 0; i < w->m->uart_count; i++) {
			if (node >= 0 && w->uart_node[i] == (u32)node) {
				break;
			}
		}
	}
	if (i < w->m->uart_count) {
		w->m->uart[i].console = true;
	}
}
