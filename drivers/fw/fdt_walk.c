// SPDX-License-Identifier: Apache-2.0
/* The walk over a devicetree: header, tags, depth, and which node goes to which reader. */
#include "fdt_walk.h"

#include <stdarg.h>

#include <libfdt.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "machine_build.h"

#define PATH_TEXT 56U

/* In the order of their letters. */
static const char *const prop_names[PROP_COUNT] = {
	[PROP_ADDRESS_CELLS] = "#address-cells",
	[PROP_GLOBAL_INTERRUPTS] = "#global-interrupts",
	[PROP_INTERRUPT_CELLS] = "#interrupt-cells",
	[PROP_IOMMU_CELLS] = "#iommu-cells",
	[PROP_REDIST_REGIONS] = "#redistributor-regions",
	[PROP_SIZE_CELLS] = "#size-cells",
	[PROP_BOOTARGS] = "bootargs",
	[PROP_BUS_RANGE] = "bus-range",
	[PROP_CLOCK_FREQUENCY] = "clock-frequency",
	[PROP_COMPATIBLE] = "compatible",
	[PROP_CPU_RELEASE_ADDR] = "cpu-release-addr",
	[PROP_DEVICE_TYPE] = "device_type",
	[PROP_DMA_COHERENT] = "dma-coherent",
	[PROP_DMA_NONCOHERENT] = "dma-noncoherent",
	[PROP_ENABLE_METHOD] = "enable-method",
	[PROP_INTERRUPT_CONTROLLER] = "interrupt-controller",
	[PROP_INTERRUPT_NAMES] = "interrupt-names",
	[PROP_INTERRUPT_PARENT] = "interrupt-parent",
	[PROP_INTERRUPTS] = "interrupts",
	[PROP_INTERRUPTS_EXTENDED] = "interrupts-extended",
	[PROP_IOMMU_MAP] = "iommu-map",
	[PROP_IOMMU_MAP_MASK] = "iommu-map-mask",
	[PROP_IOMMUS] = "iommus",
	[PROP_INITRD_END] = "linux,initrd-end",
	[PROP_INITRD_START] = "linux,initrd-start",
	[PROP_PCI_DOMAIN] = "linux,pci-domain",
	[PROP_METHOD] = "method",
	[PROP_MODEL] = "model",
	[PROP_MSI_MAP] = "msi-map",
	[PROP_MSI_MAP_MASK] = "msi-map-mask",
	[PROP_PHANDLE] = "phandle",
	[PROP_RANGES] = "ranges",
	[PROP_REDIST_STRIDE] = "redistributor-stride",
	[PROP_REG] = "reg",
	[PROP_REG_IO_WIDTH] = "reg-io-width",
	[PROP_REG_NAMES] = "reg-names",
	[PROP_REG_SHIFT] = "reg-shift",
	[PROP_STATUS] = "status",
	[PROP_STDOUT_PATH] = "stdout-path",
	[PROP_STREAM_MATCH_MASK] = "stream-match-mask",
};

const char *fdt_prop_name(enum fdt_prop_id id)
{
	return prop_names[id];
}

size_t fdt_path_text(const struct fdt_walk *w, char *buf, u32 size)
{
	u32 first = w->depth;
	size_t len = 0;

	while (first > 1U) {
		len += strnlen(w->level[first].name, size) + 1U;
		if (len + strnlen(w->level[first - 1U].name, size) + 1U >= size) {
			break;
		}
		first--;
	}
	len = 0;
	for (u32 d = first; d <= w->depth && len + 2U < size; d++) {
		buf[len++] = '/';
		len += text_copy(buf + len, size - len, w->level[d].name, size);
	}
	buf[len] = '\0';
	return len;
}

int fdt_bad(const struct fdt_walk *w, const char *fmt, ...)
{
	char path[PATH_TEXT];
	char text[LOG_TEXT_MAX];
	va_list ap;

	(void)fdt_path_text(w, path, sizeof(path));
	va_start(ap, fmt);
	bh_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("fdt: %s: %s", path, text);
	return trace_error(BH_EINVAL);
}

static int header_bad(const char *what, u32 found, const char *expected)
{
	log_error("fdt: header: %s 0x%x, expected %s", what, found, expected);
	return trace_error(BH_EINVAL);
}

/* What libfdt's own check leaves open: alignment, old versions, an unterminated strings block. */
static int header_check(const void *fdt, size_t size)
{
	const char *strings;
	int err;

	if (size < FDT_V17_HEADER) {
		return header_bad("size", (u32)size, "40 bytes or more");
	}
	if (fdt_magic(fdt) != FDT_MAGIC) {
		return header_bad("magic", fdt_magic(fdt), "0xd00dfeed");
	}
	if (fdt_version(fdt) < 17U || fdt_last_comp_version(fdt) > 17U) {
		return header_bad("version", fdt_version(fdt), "one compatible with 17");
	}
	if (fdt_totalsize(fdt) > size) {
		return header_bad("totalsize", fdt_totalsize(fdt), "no more than is there");
	}
	if ((fdt_off_dt_struct(fdt) % 4U) != 0U) {
		return header_bad("off_dt_struct", fdt_off_dt_struct(fdt), "a multiple of 4");
	}
	if ((fdt_off_mem_rsvmap(fdt) % 8U) != 0U) {
		return header_bad("off_mem_rsvmap", fdt_off_mem_rsvmap(fdt), "a multiple of 8");
	}
	err = fdt_check_header(fdt);
	if (err != 0) {
		log_error("fdt: header: blocks do not fit into totalsize 0x%x: libfdt says %d",
			  fdt_totalsize(fdt), err);
		return trace_error(BH_EINVAL);
	}
	strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	if (fdt_size_dt_strings(fdt) == 0U || strings[fdt_size_dt_strings(fdt) - 1U] != '\0') {
		return header_bad("size_dt_strings", fdt_size_dt_strings(fdt),
				  "a block that ends in a NUL");
	}
	return 0;
}

/* Parts of the structure block (5.4): cells of 4 bytes, to which its address is aligned. */
#define CELL 4U
#define PROP_LEN 4U
#define PROP_NAMEOFF 8U
#define PROP_DATA 12U

static u32 cell_at(const u8 *p)
{
	return fdt32_to_cpu(*(const fdt32_t *)(const void *)p);
}

/* Does one of a cell's bytes end a text? (Mycroft's test, exact for the first of them.) */
static bool has_nul(u32 cell)
{
	return ((cell - 0x01010101U) & ~cell & 0x80808080U) != 0U;
}

/* Where the text at @offset and what fills up its last cell end; 0: not in the block. */
static u32 text_end(const struct fdt_walk *w, u32 offset)
{
	for (; w->structure_size - offset >= CELL; offset += CELL) {
		if (has_nul(cell_at(w->structure + offset))) {
			return offset + CELL;
		}
	}
	return 0;
}

/*
 * The tag at @offset and where the next one lies, or 0 there if this one is unknown or cut off:
 * fdt_next_tag() asks for every byte of a name whether it is in the tree.
 */
static u32 tag_at(const struct fdt_walk *w, u32 offset, u32 *next)
{
	const u32 room = w->structure_size - offset;
	u32 tag = FDT_END;
	u32 len;

	*next = 0;
	if (room < CELL) {
		return tag;
	}
	tag = cell_at(w->structure + offset);
	switch (tag) {
	case FDT_BEGIN_NODE:
		*next = text_end(w, offset + CELL);
		break;
	case FDT_PROP:
		len = room < PROP_DATA ? UINT32_MAX : cell_at(w->structure + offset + PROP_LEN);
		if (len <= room && ALIGN_UP(len, CELL) <= room - PROP_DATA) {
			*next = offset + PROP_DATA + ALIGN_UP(len, CELL);
		}
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		*next = offset + CELL;
		break;
	default:
		break;
	}
	return tag;
}

/* enum fdt_prop_id, PROP_COUNT for a name of no interest. */
static u32 name_find(const char *name)
{
	u32 from = 0;
	u32 to = PROP_COUNT;

	while (from < to) {
		const u32 id = (from + to) / 2U;
		const int order = strcmp(name, prop_names[id]);

		if (order == 0) {
			return id;
		}
		if (order < 0) {
			to = id;
		} else {
			from = id + 1U;
		}
	}
	return PROP_COUNT;
}

_Static_assert(PROP_COUNT < UINT8_MAX, "a byte of fdt_walk.name holds one more");

/*
 * Names are shared between nodes by their place in the strings block, so what one was found to
 * be is kept: a tree asks for the same few again and again.
 */
static u32 property_id(struct fdt_walk *w, u32 nameoff)
{
	u32 id;

	if (nameoff < FDT_NAMES && w->name[nameoff] != 0U) {
		return w->name[nameoff] - 1U;
	}
	id = name_find(w->strings + nameoff);
	if (nameoff < FDT_NAMES) {
		w->name[nameoff] = (u8)(id + 1U);
	}
	return id;
}

static int property_seen(struct fdt_walk *w, u32 offset)
{
	const u8 *p = w->structure + offset;
	u32 nameoff = cell_at(p + PROP_NAMEOFF);
	u32 id;

	if (nameoff >= w->strings_size) {
		return fdt_bad(w, "property at 0x%x: name at 0x%x, expected below 0x%x", offset,
			       nameoff, w->strings_size);
	}
	id = property_id(w, nameoff);
	if (id == PROP_COUNT) {
		return 0;
	}
	if (w->prop[id].data != NULL) {
		return fdt_bad(w, "%s: there twice, expected once", prop_names[id]);
	}
	w->prop[id].data = p + PROP_DATA;
	w->prop[id].size = cell_at(p + PROP_LEN);
	w->have |= BIT(id);
	return 0;
}

static bool status_okay(struct fdt_prop p)
{
	return p.data == NULL || (p.size == 5U && memcmp(p.data, "okay", 5) == 0) ||
	       (p.size == 3U && memcmp(p.data, "ok", 3) == 0);
}

/* Fills the current level from its properties: what children inherit or need. */
static int level_close(struct fdt_walk *w)
{
	struct fdt_level *l = &w->level[w->depth];
	const struct fdt_level *up = w->depth != 0U ? &w->level[w->depth - 1U] : NULL;
	int err;

	l->live = (up == NULL || up->live) && status_okay(w->prop[PROP_STATUS]);
	l->ranges = w->prop[PROP_RANGES];
	l->coherent = !fdt_has(w, PROP_DMA_NONCOHERENT) &&
		      (fdt_has(w, PROP_DMA_COHERENT) || (up != NULL && up->coherent));
	err = fdt_u32(w, PROP_ADDRESS_CELLS, 2, &l->address_cells);
	if (err == 0) {
		err = fdt_u32(w, PROP_SIZE_CELLS, 1, &l->size_cells);
	}
	if (err == 0) {
		err = fdt_u32(w, PROP_INTERRUPT_PARENT, up != NULL ? up->interrupt_parent : 0U,
			      &l->interrupt_parent);
	}
	return err;
}

static bool name_is(const struct fdt_walk *w, u32 depth, const char *name)
{
	return w->depth >= depth && strcmp(w->level[depth].name, name) == 0;
}

static bool device_type_is(const struct fdt_walk *w, const char *type)
{
	struct fdt_prop p = w->prop[PROP_DEVICE_TYPE];

	return p.data != NULL && p.size == strlen(type) + 1U && memcmp(p.data, type, p.size) == 0;
}

static fdt_reader_t reader_by_place(const struct fdt_walk *w)
{
	if (w->depth == 0U) {
		return fdt_read_root;
	}
	if (w->depth == 1U && name_is(w, 1, "chosen")) {
		return fdt_read_chosen;
	}
	if (w->depth == 1U && device_type_is(w, "memory") && w->level[1].live) {
		return fdt_read_memory;
	}
	if (w->depth == 2U && name_is(w, 1, "cpus") && device_type_is(w, "cpu")) {
		return fdt_read_cpu;
	}
	if (w->depth == 2U && name_is(w, 1, "reserved-memory") && w->level[2].live) {
		return fdt_read_reserved;
	}
	return NULL;
}

static fdt_reader_t reader_in(const struct fdt_compatible *table, const char *name)
{
	for (; table->name != NULL; table++) {
		if (table->name[0] == name[0] && strcmp(table->name, name) == 0) {
			return table->read;
		}
	}
	return NULL;
}

/* The most specific name that somebody reads wins: compatible is ordered that way (2.3.1). */
static fdt_reader_t reader_of(struct fdt_prop compatible)
{
	fdt_reader_t read = NULL;
	u32 at = 0;

	while (at < compatible.size && read == NULL) {
		const char *name = (const char *)compatible.data + at;

		read = reader_in(fdt_devices, name);
		if (read == NULL) {
			read = reader_in(fdt_uarts, name);
		}
		at += (u32)strlen(name) + 1U;
	}
	return read;
}

const struct fdt_kind *fdt_kind(struct fdt_walk *w)
{
	const struct fdt_prop p = w->prop[PROP_COMPATIBLE];
	struct fdt_kind *kind = &w->kind;

	if (p.size == 0U || p.data[p.size - 1U] != 0U) {
		return NULL;
	}
	if (kind->compatible.data == p.data) {
		return kind;
	}
	if (kind->compatible.size == p.size && memcmp(kind->compatible.data, p.data, p.size) == 0) {
		kind->compatible = p;
	} else {
		*kind = (struct fdt_kind){ .compatible = p,
					   .read = reader_of(p),
					   .registers_only = fdt_registers_only(p) };
	}
	return kind;
}

static int reader_by_compatible(struct fdt_walk *w, fdt_reader_t *out)
{
	const struct fdt_kind *kind;

	*out = NULL;
	if (!fdt_has(w, PROP_COMPATIBLE) || !w->level[w->depth].live) {
		return 0;
	}
	kind = fdt_kind(w);
	if (kind == NULL) {
		return fdt_bad(w, "compatible: %u bytes without NUL, expected strings",
			       w->prop[PROP_COMPATIBLE].size);
	}
	*out = kind->read;
	return 0;
}

bool fdt_compatible_with(const struct fdt_walk *w, const char *name)
{
	return fdt_list_find(w->prop[PROP_COMPATIBLE], name) >= 0;
}

/* All properties of the current node have been seen. */
static int node_close(struct fdt_walk *w)
{
	fdt_reader_t read;
	int err = level_close(w);

	if (err == 0) {
		err = fdt_controller_note(w);
	}
	if (err != 0) {
		return err;
	}
	read = reader_by_place(w);
	if (read == NULL) {
		err = reader_by_compatible(w, &read);
	}
	if (err == 0 && read != NULL) {
		err = read(w);
	}
	if (err == 0) {
		fdt_device_note(w);
	}
	return err;
}

static void node_open(struct fdt_walk *w, u32 offset)
{
	for (; w->have != 0U; w->have &= w->have - 1U) {
		w->prop[__builtin_ctzll(w->have)] = (struct fdt_prop){ 0 };
	}
	w->level[w->depth].name = (const char *)w->structure + offset + CELL;
	w->node = offset;
}

static int walk_bad(u32 offset, const char *what)
{
	log_error("fdt: structure block at 0x%x: %s", offset, what);
	return trace_error(BH_EINVAL);
}

static int node_begin(struct fdt_walk *w, u32 offset)
{
	if (!w->inside && w->rooted) {
		return walk_bad(offset, "second root node");
	}
	if (w->inside && w->depth + 1U == FDT_DEPTH_MAX) {
		return fdt_bad(w, "nodes nested deeper than %u", FDT_DEPTH_MAX);
	}
	w->depth += w->inside ? 1U : 0U;
	w->inside = true;
	w->rooted = true;
	w->collecting = true;
	node_open(w, offset);
	return 0;
}

static int tag_take(struct fdt_walk *w, u32 tag, u32 offset)
{
	int err = 0;

	if ((tag == FDT_BEGIN_NODE || tag == FDT_END_NODE) && w->collecting) {
		w->collecting = false;
		err = node_close(w);
	}
	if (err != 0 || tag == FDT_NOP) {
		return err;
	}
	if (tag == FDT_BEGIN_NODE) {
		return node_begin(w, offset);
	}
	if (tag == FDT_END_NODE && w->inside) {
		w->inside = w->depth != 0U;
		w->depth -= w->inside ? 1U : 0U;
		return 0;
	}
	if (tag == FDT_PROP && w->collecting) {
		return property_seen(w, offset);
	}
	return walk_bad(offset, "tag out of place");
}

/* Every turn moves at least one tag (4 bytes) on, so the block's size bounds the loop. */
static int walk_nodes(struct fdt_walk *w)
{
	u32 offset = 0;
	int err = 0;

	while (err == 0) {
		u32 next;
		u32 tag = tag_at(w, offset, &next);

		if (next == 0U) {
			return walk_bad(offset, "tag unknown or cut off");
		}
		if (tag == FDT_END && !w->inside) {
			break;
		}
		err = tag_take(w, tag, offset);
		offset = next;
	}
	if (err == 0 && !w->rooted) {
		err = walk_bad(0, "no root node");
	}
	return err;
}

int fdt_read(const void *fdt, size_t size, struct machine *m, struct fdt_chosen *chosen,
	     struct machine_devices *devices)
{
	static struct fdt_walk w;
	int err;

	m->ram_count = 0;
	memset(m->ram, 0, sizeof(m->ram));
	m->reserved_count = 0;
	memset(m->reserved, 0, sizeof(m->reserved));
	machine_clear(m, "devicetree");
	memset(chosen, 0, sizeof(*chosen));
	memset(&w, 0, sizeof(w));
	w.fdt = fdt;
	w.m = m;
	w.chosen = chosen;
	w.devices = devices;
	if (devices != NULL) {
		devices->count = 0;
		devices->dropped = 0;
		devices->paths_used = 0;
	}
	w.level[0].name = "";
	err = header_check(fdt, size);
	if (err == 0) {
		w.structure = (const u8 *)fdt + fdt_off_dt_struct(fdt);
		w.structure_size = fdt_size_dt_struct(fdt);
		w.strings = (const char *)fdt + fdt_off_dt_strings(fdt);
		w.strings_size = fdt_size_dt_strings(fdt);
		err = fdt_read_memreserve(&w);
	}
	if (err == 0) {
		err = walk_nodes(&w);
	}
	if (err == 0) {
		err = fdt_interrupts_resolve(&w);
	}
	if (err == 0) {
		fdt_id_maps_resolve(&w);
		fdt_devices_resolve(&w);
		fdt_find_console(&w);
	}
	w.chosen = NULL; /* the caller's, who may be gone next time */
	w.devices = NULL;
	return err;
}

int fdt_read_machine(const void *fdt, size_t size, struct machine *m)
{
	struct fdt_chosen chosen;

	return fdt_read(fdt, size, m, &chosen, NULL);
}

int fdt_read_devices(const void *fdt, size_t size, struct machine *m,
		     struct machine_devices *devices)
{
	struct fdt_chosen chosen;

	return fdt_read(fdt, size, m, &chosen, devices);
}
