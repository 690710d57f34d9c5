// SPDX-License-Identifier: Apache-2.0
/* From the first C instruction of a CPU to bulkhead_main() or bulkhead_secondary_main(). */
#include <asm/bootproto.h>
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/handoff.h>
#include <asm/x86.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

struct handoff handoff;

/* Assembly finds the records of other CPUs by it. */
const u32 cpu_record_size = sizeof(struct cpu);

static struct handoff_extra extra;
static int parse_error;

static int read_physical(void *ctx, u64 pa, void *dst, size_t n)
{
	void *p = mmu_map(HPA(pa), n, MMU_RAM_RO);

	(void)ctx;
	if (p == NULL)
		return BH_EFAULT;
	memcpy(dst, p, n);
	mmu_unmap(p, n);
	return 0;
}

/* The ring is behind what the loader knows of the image: it may have put a module there. */
static void drop_modules_in_image(void)
{
	u32 kept = 0;

	for (u32 i = 0; i < handoff.module_count; i++) {
		struct handoff_range m = handoff.module[i];

		if (m.size == 0U ||
		    range_overlaps(m.base.v, m.size, mmu_image_base().v, mmu_image_size())) {
			extra.dropped++;
			continue;
		}
		handoff.module[kept] = m;
		kept++;
	}
	handoff.module_count = kept;
}

static void take_handoff(u32 protocol, u64 info)
{
	const struct handoff_mem mem = { .read = read_physical };

	parse_error = handoff_parse(&mem, protocol, info, &handoff, &extra);
	drop_modules_in_image();
	if (extra.rsdp_size != 0U)
		handoff.rsdp = mmu_pa(extra.rsdp);
}

bool x86_early(u32 protocol, u32 info)
{
	cpus[0].hwid = feature_apic_id();
	idt_init();
	desc_load(0);
	cpu_setup();
	cet_prepare();
	mmu_init();
	take_handoff(protocol, info);
	return cet_init(0);
}

bool x86_secondary_early(u32 id)
{
	desc_load(id);
	cpu_setup();
	return cet_init(id);
}

/* What could not be said before there was a console. */
static int entry_report(void)
{
	if (parse_error != 0)
		log_warn("%s: the loader's information breaks its specification: %s",
			 handoff.protocol, error_name(parse_error));
	if (extra.dropped != 0U)
		log_warn("%s: %u entries of the memory map or modules dropped: too many, "
			 "wrapping, or over Bulkhead's own image",
			 handoff.protocol, extra.dropped);
	if (strcmp(firmware_entropy_source(), "none") == 0)
		log_warn("no entropy source: the stack canary comes from the time of boot");
	return 0;
}
UNIT_DEFINE(entry, 0, 90, entry_report);
