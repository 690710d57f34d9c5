// SPDX-License-Identifier: Apache-2.0
#include <asm/bootproto.h>
#include <asm/handoff.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

/* More entries than this are not looked at, whatever the count says. */
#define ENTRIES_MAX 256U

struct parse {
	const struct handoff_mem *mem;
	struct handoff *h;
	struct handoff_extra *extra;
};

static int fetch(const struct parse *p, u64 pa, void *dst, size_t n)
{
	return p->mem->read(p->mem->ctx, pa, dst, n);
}

static bool wraps(u64 base, u64 size)
{
	return size > ~base;
}

static void add_ram(struct parse *p, u64 base, u64 size, bool usable)
{
	struct handoff *h = p->h;

	if (size == 0U)
		return;
	if (h->ram_count == HANDOFF_RAM_MAX || wraps(base, size)) {
		p->extra->dropped++;
		return;
	}
	h->ram[h->ram_count] = (struct handoff_range){ HPA(base), size, usable };
	h->ram_count++;
}

static void add_module(struct parse *p, u64 base, u64 size)
{
	struct handoff *h = p->h;

	if (h->module_count == HANDOFF_MODULES_MAX || size == 0U || wraps(base, size)) {
		p->extra->dropped++;
		return;
	}
	h->module[h->module_count] = (struct handoff_range){ HPA(base), size, true };
	h->module_count++;
}

static void set_cmdline(struct handoff *h, const char *text, size_t n)
{
	n = strnlen(text, n < sizeof(h->cmdline) - 1U ? n : sizeof(h->cmdline) - 1U);
	memcpy(h->cmdline, text, n);
	h->cmdline[n] = '\0';
}

/* ---- multiboot2 ---------------------------------------------------------------------------- */

/* A private copy of all of it: what is checked is what is used. */
static u8 mb2[MB2_INFO_MAX] __aligned(8);

static void mb2_mmap(struct parse *p, const u8 *tag, u32 size)
{
	struct mb2_tag_mmap head;
	u32 at = sizeof(head);

	if (size < sizeof(head))
		return;
	memcpy(&head, tag, sizeof(head));
	if (head.entry_size < sizeof(struct e820_entry))
		return;
	for (u32 i = 0; i < ENTRIES_MAX && size - at >= head.entry_size; i++) {
		struct e820_entry e;

		memcpy(&e, tag + at, sizeof(e));
		add_ram(p, e.base, e.size, e.type == E820_RAM);
		at += head.entry_size;
	}
}

static void mb2_module(struct parse *p, const u8 *tag, u32 size)
{
	struct mb2_tag_module m;

	if (size < sizeof(m))
		return;
	memcpy(&m, tag, sizeof(m));
	if (m.mod_end < m.mod_start)
		p->extra->dropped++;
	else
		add_module(p, m.mod_start, m.mod_end - m.mod_start);
}

/* The copy of ACPI 2.0 and later wins over the old one, whichever comes first. */
static void mb2_rsdp(struct parse *p, const u8 *tag, u32 size)
{
	u32 n = size - (u32)sizeof(struct mb2_tag);

	n = n < RSDP_SIZE_MAX ? n : RSDP_SIZE_MAX;
	if (n <= p->extra->rsdp_size)
		return;
	memcpy(p->extra->rsdp, tag + sizeof(struct mb2_tag), n);
	p->extra->rsdp_size = n;
}

static void mb2_tag(struct parse *p, const struct mb2_tag *t, const u8 *tag)
{
	switch (t->type) {
	case MB2_TAG_CMDLINE:
		set_cmdline(p->h, (const char *)tag + sizeof(*t), t->size - sizeof(*t));
		break;
	case MB2_TAG_MODULE:
		mb2_module(p, tag, t->size);
		break;
	case MB2_TAG_MMAP:
		mb2_mmap(p, tag, t->size);
		break;
	case MB2_TAG_ACPI_OLD:
	case MB2_TAG_ACPI_NEW:
		mb2_rsdp(p, tag, t->size);
		break;
	default:
		break;
	}
}

static int parse_multiboot2(struct parse *p, u64 pa)
{
	struct mb2_info info;
	u32 at = sizeof(info);
	int err = fetch(p, pa, &info, sizeof(info));

	if (err != 0)
		return err;
	if (info.total_size < sizeof(info))
		return BH_EINVAL;
	if (info.total_size > MB2_INFO_MAX)
		return BH_EOVERFLOW;
	err = fetch(p, pa, mb2, info.total_size);
	if (err != 0)
		return err;
	while (at <= info.total_size && info.total_size - at >= sizeof(struct mb2_tag)) {
		struct mb2_tag t;

		memcpy(&t, mb2 + at, sizeof(t));
		if (t.type == MB2_TAG_END)
			return 0;
		if (t.size < sizeof(t) || t.size > info.total_size - at)
			return BH_EINVAL;
		mb2_tag(p, &t, mb2 + at);
		at += ALIGN_UP(t.size, 8U);
	}
	return BH_EINVAL;
}

/* ---- PVH ----------------------------------------------------------------------------------- */

static int pvh_modules(struct parse *p, const struct pvh_start_info *s)
{
	u32 n = s->nr_modules < HANDOFF_MODULES_MAX ? s->nr_modules : HANDOFF_MODULES_MAX;

	p->extra->dropped += s->nr_modules - n;
	for (u32 i = 0; i < n; i++) {
		struct pvh_module m;
		int err = fetch(p, s->modlist_paddr + i * sizeof(m), &m, sizeof(m));

		if (err != 0)
			return err;
		add_module(p, m.paddr, m.size);
	}
	return 0;
}

static int pvh_memory(struct parse *p, const struct pvh_start_info *s)
{
	u32 n = s->memmap_entries < ENTRIES_MAX ? s->memmap_entries : ENTRIES_MAX;

	p->extra->dropped += s->memmap_entries - n;
	for (u32 i = 0; i < n; i++) {
		struct e820_entry e;
		int err = fetch(p, s->memmap_paddr + i * sizeof(e), &e, sizeof(e));

		if (err != 0)
			return err;
		add_ram(p, e.base, e.size, e.type == E820_RAM);
	}
	return 0;
}

static int parse_pvh(struct parse *p, u64 pa)
{
	struct pvh_start_info s;
	char text[sizeof(p->h->cmdline)];
	int err = fetch(p, pa, &s, sizeof(s));

	if (err != 0)
		return err;
	/* Version 0 has no memory map, and no loader we know speaks it. */
	if (s.magic != PROTO_PVH || s.version == 0U)
		return BH_EINVAL;
	p->h->rsdp = HPA(s.rsdp_paddr);
	err = pvh_memory(p, &s);
	if (err == 0)
		err = pvh_modules(p, &s);
	if (err != 0 || s.cmdline_paddr == 0U)
		return err;
	err = fetch(p, s.cmdline_paddr, text, sizeof(text));
	if (err == 0)
		set_cmdline(p->h, text, sizeof(text));
	return err;
}

/* ---- our own boot sector ------------------------------------------------------------------- */

static int parse_boot_block(struct parse *p, u64 pa)
{
	struct boot_block b;
	u32 n;
	int err = fetch(p, pa, &b, sizeof(b));

	if (err != 0)
		return err;
	if (b.magic != PROTO_BOOT_SECTOR)
		return BH_EINVAL;
	n = b.count < BOOT_BLOCK_E820_MAX ? b.count : BOOT_BLOCK_E820_MAX;
	p->extra->dropped += b.count - n;
	for (u32 i = 0; i < n; i++)
		add_ram(p, b.e820[i].base, b.e820[i].size, b.e820[i].type == E820_RAM);
	if (b.module_size != 0U)
		add_module(p, b.module_base, b.module_size);
	return 0;
}

int handoff_parse(const struct handoff_mem *mem, u32 protocol, u64 pa, struct handoff *h,
		  struct handoff_extra *extra)
{
	static const struct {
		u32 magic;
		const char *name;
		int (*parse)(struct parse *p, u64 pa);
	} protocols[] = {
		{ PROTO_MULTIBOOT2, "multiboot2", parse_multiboot2 },
		{ PROTO_PVH, "PVH", parse_pvh },
		{ PROTO_BOOT_SECTOR, "boot sector", parse_boot_block },
	};
	struct parse p = { .mem = mem, .h = h, .extra = extra };

	memset(h, 0, sizeof(*h));
	memset(extra, 0, sizeof(*extra));
	h->protocol = "unknown loader";
	for (u32 i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (protocols[i].magic == protocol) {
			h->protocol = protocols[i].name;
			return protocols[i].parse(&p, pa);
		}
	}
	return BH_ENOTSUP;
}
