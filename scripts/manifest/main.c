// SPDX-License-Identifier: Apache-2.0
/*
 * manifest-check ARCH BOARD.dtb CPUS MEMORY SLOT SIZE MANIFEST.dtb [PAYLOAD SIZE]...
 *     Checks a manifest for a board as Bulkhead does at boot. CPUS and MEMORY (in MiB) take the
 *     place of what BOARD.dtb says, unless they are 0; SLOT and SIZE say where in flash the system
 *     image is; of each PAYLOAD whose size is given it is seen whether it fits. Writes one line a
 *     broken rule (rule, node, property, what was found, what to do; divided by tabs) and ends
 *     with 1, or the report.
 * manifest-check binding
 *     Writes the binding and the rules.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "manifest_check.h"

#define BLOB_MAX MIB(4)

/* The same numbers that the images of both architectures are built with. */
extern const struct vplat vplat_arm64;
extern const struct vplat vplat_x86;

/* What Bulkhead and its tables take at the start of RAM; the boot knows exactly. */
#define OWN_ESTIMATE MIB(8)
#define LOWEST MIB(1)

void log_write(enum log_level level, u32 owner, const char *fmt, ...)
{
	va_list ap;

	(void)owner;
	if (level > LOG_WARN)
		return;
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

static void __noreturn die(const char *name, const char *why)
{
	(void)fprintf(stderr, "manifest-check: %s: %s\n", name, why);
	exit(2);
}

static void *blob_read(const char *name, size_t *size)
{
	FILE *f = fopen(name, "rb");
	void *blob = aligned_alloc(8, BLOB_MAX);

	if (f == NULL || blob == NULL)
		die(name, "cannot be read");
	*size = fread(blob, 1, BLOB_MAX, f);
	(void)fclose(f);
	return blob;
}

static u64 number(const char *text)
{
	char *end;
	u64 n = strtoull(text, &end, 0);

	if (*text == '\0' || *end != '\0')
		die(text, "no number");
	return n;
}

static void machine_read(const char *name, struct machine *m, u64 cpus, u64 mib)
{
	size_t size;
	void *blob = blob_read(name, &size);

	if (fdt_read_devices(blob, size, m, &machine_devices) != 0)
		die(name, "no description of a board that can be read");
	if (cpus != 0U)
		m->cpu_count = cpus < CONFIG_MAX_CPUS ? (u32)cpus : CONFIG_MAX_CPUS;
	if (mib != 0U && m->ram_count != 0U) {
		m->ram_count = 1;
		m->ram[0].size = MIB(mib);
	}
	if (m->ram_count == 0U || m->cpu_count == 0U)
		die(name, "it says neither memory nor CPUs");
	m->reserved[m->reserved_count].base = HPA(m->ram[0].base.v);
	m->reserved[m->reserved_count].size = LOWEST + OWN_ESTIMATE;
	m->reserved_count++;
}

/* RAM without what is reserved, ascending. */
static void free_fill(struct manifest_board *b, const struct machine *m)
{
	for (u32 i = 0; i < m->ram_count && b->free_count < MANIFEST_FREE_MAX; i++)
		b->free[b->free_count++] = m->ram[i];
	for (u32 i = 0; i < m->reserved_count; i++) {
		for (u32 n = 0; n < b->free_count; n++) {
			u64 base = m->reserved[i].base.v;
			u64 end = base + m->reserved[i].size;
			u64 first = b->free[n].base.v;
			u64 last = first + b->free[n].size;

			base = base > first ? base : first;
			end = end < last ? end : last;
			if (base < end)
				(void)manifest_claim(b, base, end - base);
		}
	}
}

static void refusal_write(void *ctx, const struct manifest_refusal *r)
{
	(void)ctx;
	(void)printf("%s\t%s\t%s\t%s\t%s\n", r->rule, r->node, r->property, r->text, r->hint);
}

static void payloads_take(struct manifest_board *b, char **args, int count)
{
	for (int i = 0; i + 1 < count && b->payload_count < MANIFEST_PAYLOADS_MAX; i += 2)
		b->payload[b->payload_count++] =
			(struct manifest_payload){ args[i], number(args[i + 1]) };
}

static int check(char **args, int count)
{
	static struct manifest_board board;
	static struct system_config config;
	struct manifest_refusal why;
	bool arm64 = strcmp(args[0], "arm64") == 0;
	size_t size;
	void *blob;

	machine_read(args[1], &machine, number(args[2]), number(args[3]));
	board.machine = &machine;
	board.devices = &machine_devices;
	board.functions_unknown = true;
	if (!arm64) /* ACPI names no devices by path */
		machine_devices.count = 0;
	board.vplat = arm64 ? &vplat_arm64 : &vplat_x86;
	board.cpu_count = machine.cpu_count;
	free_fill(&board, &machine);
	board.slot.base = HPA(number(args[4]));
	board.slot.size = number(args[5]);
	payloads_take(&board, args + 7, count - 7);
	blob = blob_read(args[6], &size);
	if (manifest_check(blob, size, &board, &config, &why, refusal_write, NULL) != 0)
		return 1;
	report_write(stdout, &board, &config, arm64);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "binding") == 0) {
		binding_write(stdout);
		return 0;
	}
	if (argc < 8)
		die("usage", "see the head of scripts/manifest/main.c");
	return check(argv + 1, argc - 1);
}
