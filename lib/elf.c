// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/elf.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#define ELF_MAGIC 0x464c457fU
#define ELFCLASS32 1U
#define ELFCLASS64 2U
#define ELFDATA2LSB 1U
#define ET_EXEC 2U
#define ET_DYN 3U
#define PT_LOAD 1U
#define PT_NOTE 4U
#define NOTE_ALIGN 4U

struct elf64_ehdr {
	u32 magic;
	u8 class, data, version, abi;
	u8 pad[8];
	u16 type, machine;
	u32 file_version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct elf32_ehdr {
	u32 magic;
	u8 class, data, version, abi;
	u8 pad[8];
	u16 type, machine;
	u32 file_version;
	u32 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_phdr {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct elf_nhdr {
	u32 namesz, descsz, type;
};

_Static_assert(sizeof(struct elf64_ehdr) == 64U, "ELF-64");
_Static_assert(sizeof(struct elf64_phdr) == 56U, "ELF-64");
_Static_assert(sizeof(struct elf32_ehdr) == 52U, "gABI 4.1");
_Static_assert(sizeof(struct elf32_phdr) == 32U, "gABI 4.1");

struct reader {
	const u8 *head;
	size_t n;
	u64 size;
	const char **why;
	struct elf64_ehdr h;
	bool entry_found;
};

static int refuse(const struct reader *r, int err, const char *why)
{
	*r->why = why;
	return err;
}

/* In the words of the 64-bit format. */
static void header_widen(struct reader *r)
{
	struct elf32_ehdr h;

	memcpy(&h, r->head, sizeof(h));
	r->h.type = h.type;
	r->h.machine = h.machine;
	r->h.entry = h.entry;
	r->h.phoff = h.phoff;
	r->h.phentsize = h.phentsize;
	r->h.phnum = h.phnum;
}

static size_t phdr_size(const struct reader *r)
{
	return r->h.class == ELFCLASS32 ? sizeof(struct elf32_phdr) : sizeof(struct elf64_phdr);
}

static int header_read(struct reader *r, u8 class, u16 machine)
{
	if (r->n < sizeof(r->h))
		return refuse(r, BH_EINVAL, "no ELF file: too short");
	memcpy(&r->h, r->head, sizeof(r->h));
	if (r->h.magic != ELF_MAGIC)
		return refuse(r, BH_EINVAL, "no ELF file: the magic number is missing");
	if (r->h.class != class || r->h.data != ELFDATA2LSB)
		return refuse(r, BH_ENOTSUP,
			      class == ELFCLASS64 ? "the ELF file is not 64-bit little-endian"
						  : "the ELF file is not 32-bit little-endian");
	if (class == ELFCLASS32)
		header_widen(r);
	if (r->h.machine != machine)
		return refuse(r, BH_ENOTSUP, "the ELF file is for another machine");
	if (r->h.type != ET_EXEC && r->h.type != ET_DYN)
		return refuse(r, BH_ENOTSUP, "the ELF file is no executable");
	if (r->h.phentsize != phdr_size(r) || r->h.phnum == 0U)
		return refuse(r, BH_EINVAL, "the ELF file has no program headers");
	if (!range_inside(r->h.phoff, (u64)r->h.phnum * phdr_size(r), 0, r->n))
		return refuse(r, BH_EOVERFLOW, "its program headers are not near its start");
	return 0;
}

static struct elf64_phdr phdr_read(const struct reader *r, u32 i)
{
	const u8 *at = r->head + r->h.phoff + (u64)i * phdr_size(r);
	struct elf64_phdr p = { 0 };
	struct elf32_phdr narrow;

	if (r->h.class == ELFCLASS64) {
		memcpy(&p, at, sizeof(p));
		return p;
	}
	memcpy(&narrow, at, sizeof(narrow));
	p.type = narrow.type;
	p.offset = narrow.offset;
	p.vaddr = narrow.vaddr;
	p.paddr = narrow.paddr;
	p.filesz = narrow.filesz;
	p.memsz = narrow.memsz;
	return p;
}

static bool overlaps(const struct elf *e, u64 at, u64 size)
{
	for (u32 i = 0; i < e->count; i++) {
		if (range_overlaps(e->segment[i].at, e->segment[i].size, at, size))
			return true;
	}
	return false;
}

static int segment_read(struct reader *r, const struct elf64_phdr *p, struct elf *out)
{
	if (p->filesz > p->memsz || !range_inside(p->offset, p->filesz, 0, r->size))
		return refuse(r, BH_EINVAL, "a segment is not in the ELF file");
	if (p->paddr + (p->memsz - 1U) < p->paddr || overlaps(out, p->paddr, p->memsz))
		return refuse(r, BH_EINVAL, "a segment wraps, or overlaps another");
	if (out->count == ELF_SEGMENTS_MAX)
		return refuse(r, BH_EOVERFLOW, "the ELF file has too many segments");
	out->segment[out->count] = (struct elf_segment){
		.offset = p->offset,
		.at = p->paddr,
		.file_size = p->filesz,
		.size = p->memsz,
	};
	out->count++;
	if (!r->entry_found && range_inside(r->h.entry, 1, p->vaddr, p->memsz)) {
		r->entry_found = true;
		out->entry = p->paddr + (r->h.entry - p->vaddr);
	}
	return 0;
}

static int segments_read(struct reader *r, struct elf *out)
{
	for (u32 i = 0; i < r->h.phnum; i++) {
		const struct elf64_phdr p = phdr_read(r, i);
		int err;

		if (p.type != PT_LOAD || p.memsz == 0U)
			continue;
		err = segment_read(r, &p, out);
		if (err != 0)
			return err;
	}
	if (!r->entry_found)
		return refuse(r, BH_EINVAL, "the entry of the ELF file is in no segment");
	return 0;
}

static int read_class(u8 class, const void *head, size_t n, u64 size, u16 machine, struct elf *out,
		      const char **why)
{
	struct reader r = { .head = head, .n = n, .size = size, .why = why };
	u64 end = 0;
	int err;

	memset(out, 0, sizeof(*out));
	err = header_read(&r, class, machine);
	if (err == 0)
		err = segments_read(&r, out);
	if (err != 0)
		return err;
	out->anywhere = r.h.type == ET_DYN;
	out->base = out->segment[0].at;
	for (u32 i = 0; i < out->count; i++) {
		const struct elf_segment *s = &out->segment[i];

		out->base = s->at < out->base ? s->at : out->base;
		end = s->at + (s->size - 1U) > end ? s->at + (s->size - 1U) : end;
	}
	out->room = end - out->base + 1U;
	return 0;
}

int elf_read(const void *head, size_t n, u64 size, u16 machine, struct elf *out, const char **why)
{
	return read_class(ELFCLASS64, head, n, size, machine, out, why);
}

int elf32_read(const void *head, size_t n, u64 size, u16 machine, struct elf *out, const char **why)
{
	return read_class(ELFCLASS32, head, n, size, machine, out, why);
}

bool elf_is_32(const void *head, size_t n)
{
	return n > 4U && ((const u8 *)head)[4] == ELFCLASS32;
}

/* One note of a stretch of them, at @at; where the next one begins. */
static u64 note_read(const struct reader *r, u64 at, u64 end, const char *name, u32 type,
		     u64 *value)
{
	struct elf_nhdr n;
	u64 name_at = at + sizeof(n);
	u64 next;

	memcpy(&n, r->head + at, sizeof(n));
	next = name_at + ALIGN_UP((u64)n.namesz, NOTE_ALIGN) + ALIGN_UP((u64)n.descsz, NOTE_ALIGN);
	if (next > end)
		return end;
	if (n.type == type && n.namesz == strlen(name) + 1U &&
	    memcmp(r->head + name_at, name, n.namesz) == 0 && n.descsz >= 4U && n.descsz <= 8U)
		memcpy(value, r->head + name_at + ALIGN_UP((u64)n.namesz, NOTE_ALIGN), n.descsz);
	return next;
}

int elf_note(const void *head, size_t n, const char *name, u32 type, u64 *value)
{
	struct reader r = { .head = head, .n = n };

	memcpy(&r.h, head, sizeof(r.h));
	if (r.h.class == ELFCLASS32)
		header_widen(&r);
	*value = 0;
	for (u32 i = 0; i < r.h.phnum; i++) {
		const struct elf64_phdr p = phdr_read(&r, i);
		u64 at = p.offset;

		if (p.type != PT_NOTE)
			continue;
		if (!range_inside(p.offset, p.filesz, 0, n))
			return BH_EOVERFLOW;
		while (p.offset + p.filesz - at >= sizeof(struct elf_nhdr) && *value == 0U)
			at = note_read(&r, at, p.offset + p.filesz, name, type, value);
	}
	return *value != 0U ? 0 : BH_ENOENT;
}
