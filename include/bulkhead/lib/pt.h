/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page-table engine: one walker and one writer for every table format (docs/page-tables.md).
 *
 * The engine keeps no state of its own. A tree is a struct pt, its tables come from a struct
 * pt_pool whose size is the quota, a change is a struct pt_job run in steps, and everything that
 * differs between formats is data in a struct pt_format. Nothing in a format is a pointer, so the
 * engine runs before and after paging is on, and on the host.
 *
 * Locking: the caller's. A tree, its pool and its jobs are used under one lock, which may be
 * dropped between two steps. pt_query() may run between the steps of a job.
 */
#ifndef BULKHEAD_LIB_PT_H
#define BULKHEAD_LIB_PT_H

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/types.h>

#define PT_LEVELS_MAX 5U

/* Rights. EL1/supervisor and EL0/user execution are one right in formats that cannot split it. */
#define PT_R 0x001U
#define PT_W 0x002U
#define PT_XS 0x004U
#define PT_XU 0x008U
#define PT_X (PT_XS | PT_XU)
#define PT_RIGHTS 0x00fU
/* Memory type: one of three. */
#define PT_NORMAL 0x000U /* write-back */
#define PT_DEVICE 0x010U /* nGnRE, strong uncacheable */
#define PT_NC 0x020U     /* normal memory, not cached (write combining) */
#define PT_TYPE 0x030U
/* Flags. */
#define PT_GLOBAL 0x040U  /* survives a change of address space */
#define PT_GUARDED 0x080U /* branch targets are checked (BTI) */
#define PT_SNOOP 0x100U   /* DMA snoops caches whatever the device says */
#define PT_VE 0x200U      /* violations may become #VE in the guest */
#define PT_ATTRS 0x3ffU

/* MAIR_EL2 that goes with PT_VMSA_EL2: attribute 0 normal, 1 device nGnRE, 2 non-cacheable. */
#define PT_VMSA_MAIR 0x4404ffULL

enum pt_kind {
	PT_LONG,     /* long-mode paging, 4 levels (AMD APM 2, 5.3; Intel SDM 3A, 4.5) */
	PT_VMSA_EL2, /* VMSAv8-64 stage 1, EL2 regime, 4 KiB granule (Arm ARM D8.3) */
	PT_EPT,      /* extended page tables (Intel SDM 3C, 29.3) */
	PT_NPT,      /* nested page tables (AMD APM 2, 15.25) */
	PT_VMSA_S2,  /* VMSAv8-64 stage 2, 4 KiB granule; SMMUv3 stage 2 as well */
	PT_VTD,      /* VT-d second level (VT-d specification, 9.8) */
	PT_AMDVI,    /* AMD-Vi host tables, version 1 (AMD IOMMU specification, 2.2.3) */
	PT_KINDS
};

/* What the machine or the owner of the tree adds to a format. */
#define PT_F_SPLIT_X 0x01U    /* XS and XU differ: MBEC, FEAT_XNX */
#define PT_F_X_ONLY 0x02U     /* EPT: execute without read (IA32_VMX_EPT_VPID_CAP[0]) */
#define PT_F_PAGES_ONLY 0x04U /* leaves of the lowest level only */
#define PT_F_NO_HUGE 0x08U    /* no leaves above the second level (no 1 GiB pages) */
#define PT_F_SNOOP 0x10U      /* PT_SNOOP is supported (VT-d ECAP.SC, AMD-Vi FC) */
#define PT_F_BREAK 0x20U      /* break before a size change though the format needs none */
#define PT_F_NO_BREAK 0x40U   /* FEAT_BBM level 2: size changes in place */

/* In a format's tables: there is no encoding. */
#define PT_NONE (~0ULL)

/*
 * A format. Level 0 holds the smallest leaves, level levels - 1 is the root. Made by
 * pt_format_init() and constant afterwards; shared by any number of trees.
 */
struct pt_format {
	char name[12];
	u8 levels;
	u8 leaf_top;          /* leaves stand at this level and every one below */
	u8 in_bits, out_bits; /* address widths */
	/* Input address bit where the index starts; [0]: page size, [levels]: in_bits. */
	u8 shift[PT_LEVELS_MAX + 1U];
	u16 last[PT_LEVELS_MAX];  /* last index of a table; a concatenated root has more */
	bool canonical;           /* input addresses are sign-extended */
	bool breaks;              /* a size change goes through an invalid entry and a flush */
	u64 addr;                 /* output address field of leaves and tables */
	u64 empty;                /* an entry that maps nothing */
	u64 table[PT_LEVELS_MAX]; /* entry of each level that points to a table, but its address */
	u64 link;                 /* field by which such an entry is known */
	u64 kind;                 /* field that tells leaf from table */
	u64 page;                 /* that field in a leaf at level 0 */
	u64 block;                /* and in a leaf above */
	u64 leaf;                 /* in every leaf */
	u64 rights_field;
	u64 rights[16]; /* by PT_RIGHTS; PT_NONE where the format or the machine cannot */
	u64 type_field;
	u64 type[4];
	u64 flag[4]; /* PT_GLOBAL, PT_GUARDED, PT_SNOOP, PT_VE: bits to invert in `leaf` */
};

/*
 * Makes a format for @in_bits of input and @out_bits of output address with features @flags
 * (PT_F_*). VMSA stage 2 chooses its start level and up to 16 concatenated root tables from
 * @in_bits, the others the number of levels. BH_ERANGE if the format has no such width,
 * BH_EINVAL for an unknown kind or flag.
 */
int pt_format_init(struct pt_format *f, enum pt_kind kind, u32 in_bits, u32 out_bits, u32 flags);

/* Bytes of the root table, to which its address is aligned. */
u64 pt_format_root_size(const struct pt_format *f);

/*
 * Where tables come from: one physically contiguous arena, mapped in one piece. What was never
 * used lies above `fresh`, what came back is a list through the first entries. The number of
 * frames is the quota; jobs reserve what they may need before they write.
 */
struct pt_pool {
	u64 *words;   /* the arena as we see it */
	u64 base;     /* its physical address */
	u64 empty;    /* content of an unused table's entries */
	u64 head;     /* first frame given back */
	u32 shift;    /* log2 of a table's size */
	u32 frames;   /* all of them */
	u32 fresh;    /* frames taken from the bottom so far */
	u32 free;     /* frames in the list */
	u32 reserved; /* promised to jobs */
};

/*
 * An arena of @frames tables of @f's size at @base, seen at @va, both aligned to a table. Every
 * entry must hold f->empty: zeroed memory does for all formats but EPT, for which
 * pt_pool_fill() writes it.
 */
void pt_pool_init(struct pt_pool *pool, const struct pt_format *f, void *va, hpa_t base,
		  u32 frames);
void pt_pool_fill(const struct pt_pool *pool);

/* Frames that no tree uses and no job has reserved. */
u32 pt_pool_available(const struct pt_pool *pool);

/* A tree. Several may share a pool. */
struct pt {
	const struct pt_format *fmt;
	struct pt_pool *pool;
	u64 root;  /* physical address of the root table */
	bool busy; /* a job is under way */
	/*
	 * Called after @bytes of entries at @entry were written and before anything points to
	 * them or a step ends, for walkers that do not snoop; NULL where they do.
	 */
	void (*publish)(const void *entry, size_t bytes);
};

/*
 * An empty tree; takes the root from the never-used part of @pool, aligned to its size. Boot and
 * partition construction only. BH_ENOMEM if it does not fit.
 */
int pt_init(struct pt *pt, const struct pt_format *f, struct pt_pool *pool);

/* What a walk found. */
struct pt_leaf {
	hpa_t pa;  /* output address of the queried byte */
	u64 size;  /* of the leaf that maps it, or of the hole */
	u32 attr;  /* PT_* */
	u32 level; /* of that leaf or hole */
};

/* What @va maps to: 0, or BH_ENOENT with size and level of the hole; BH_ERANGE off the map. */
int pt_query(const struct pt *pt, u64 va, struct pt_leaf *out);

/* The table in which pt_reach() ended. Zeroed: none yet. */
struct pt_near {
	u64 first; /* the input address it begins at */
	u64 size;  /* bytes of input address that it covers */
	u64 table;
	u32 level;
};

/*
 * What @va maps to if all of @rights (of PT_RIGHTS) are there, else PT_NONE: what pt_query() says,
 * in fewer steps. @near spares the walk to what one table maps; it holds as long as the lock is
 * kept and no job is stepped.
 */
u64 pt_reach(const struct pt *pt, u64 va, u32 rights, struct pt_near *near);

enum pt_op {
	PT_MAP,     /* all of it a hole before */
	PT_UNMAP,   /* holes stay holes */
	PT_PROTECT, /* new rights, type and flags stay; holes stay holes */
	PT_SPLIT,   /* no leaf in the range is larger than asked */
	PT_MERGE,   /* tables wholly in the range become leaves where they can */
};

/* What a step answers, beside negative errors. */
enum pt_result {
	PT_DONE = 0, /* finished; flush what `flush` says, then pt_finish() */
	PT_MORE,     /* call pt_step() again */
	PT_BREAK,    /* flush what `flush` says, then call pt_step() again */
};

/* A stretch of input addresses whose translations may be cached wrongly. */
struct pt_range {
	u64 va;
	u64 size; /* 0: nothing to flush */
};

/* A change that is wanted. */
struct pt_change {
	enum pt_op op;
	u64 va;
	u64 size;
	hpa_t pa;  /* PT_MAP */
	u32 attr;  /* PT_MAP: PT_*; PT_PROTECT: rights only */
	u32 level; /* PT_SPLIT: largest leaf level that may stay in the range */
};

/*
 * One change under way. The caller owns the memory and reads `flush`, `changed` and `retired`; all
 * else is the engine's. Positions are input addresses without the sign extension of canonical
 * formats.
 */
struct pt_job {
	struct pt *pt;
	u8 op;
	u8 phase;
	u8 next;             /* phase after `put` is stored */
	u8 level;            /* of the entry at `at` */
	u32 limit;           /* PT_SPLIT: largest level that stays */
	u32 units;           /* work of a step; PT_STEP_UNITS unless a test lowers it */
	u32 left;            /* units this step has left */
	u32 index;           /* next entry that is compared */
	u32 reserved;        /* tables this job may still take */
	u32 retired;         /* tables taken out: the flush must reach walk caches too */
	u64 begin, end, pos; /* range, and how far the job is */
	u64 high;            /* sign extension to add to positions */
	u64 out;             /* PT_MAP: output address of pos */
	u64 bits;            /* PT_MAP: leaf without address; PT_PROTECT: rights */
	u64 at;              /* entry that `table` hangs from, or will */
	u64 table;           /* table being built or taken down */
	u64 put;             /* entry to be stored after a break; under split the old leaf */
	u64 retired_first, retired_last;
	u64 dirty_lo, dirty_hi; /* positions to flush at the end */
	u64 changed;            /* bytes whose mapping this job changed so far */
	struct pt_range flush;
};

/*
 * Work of one step in units (an entry is one unit, a walk from the root five), chosen so that no
 * step is longer than 1,000 instructions.
 */
#define PT_STEP_UNITS 15U

/* A table or more: what pt_run() does in one go may as well be done in long steps. */
#define PT_RUN_UNITS 1024U

/*
 * Starts a job: checks everything that can be checked at once and reserves the tables for the
 * worst case. Addresses and size are multiples of the page size, size is not 0.
 * BH_EINVAL: alignment, or an attribute that the operation does not take. BH_ERANGE: beyond input
 * or output address width. BH_ENOTSUP: the format or the machine has no encoding for the
 * attributes. BH_ENOMEM: fewer tables are free than the worst case needs. BH_EBUSY: another job
 * is under way. After an error nothing is written and no job is under way.
 */
int pt_start(struct pt_job *job, struct pt *pt, const struct pt_change *want);

/*
 * One step: an enum pt_result, or an error, which can only come before the first write:
 * BH_EEXIST (PT_MAP met a mapping at job->pos) or BH_ENOMEM (PT_SPLIT counted more tables than
 * are free). After an error the job is over.
 */
int pt_step(struct pt_job *job);

/*
 * After PT_DONE and the flush: gives back tables that were taken out and the rest of the
 * reservation, and lets the next job start. BH_EBUSY if the job is not done.
 */
int pt_finish(struct pt_job *job);

/*
 * Starts a job, steps it to its end and finishes it: for boot and for tests. @flush is called with
 * @ctx for each stretch to be flushed and returns when no walker can use the old translation; a
 * map flushes nothing, for it only fills holes.
 */
typedef void (*pt_flush_fn)(void *ctx, u64 va, u64 size);
int pt_run(struct pt *pt, const struct pt_change *want, pt_flush_fn flush, void *ctx);

/* The same by operation. */
static inline int pt_map(struct pt *pt, u64 va, hpa_t pa, u64 size, u32 attr)
{
	const struct pt_change want = {
		.op = PT_MAP, .va = va, .size = size, .pa = pa, .attr = attr
	};

	return pt_run(pt, &want, NULL, NULL);
}

static inline int pt_unmap(struct pt *pt, u64 va, u64 size, pt_flush_fn flush, void *ctx)
{
	const struct pt_change want = { .op = PT_UNMAP, .va = va, .size = size };

	return pt_run(pt, &want, flush, ctx);
}

static inline int pt_protect(struct pt *pt, u64 va, u64 size, u32 rights, pt_flush_fn flush,
			     void *ctx)
{
	const struct pt_change want = { .op = PT_PROTECT, .va = va, .size = size, .attr = rights };

	return pt_run(pt, &want, flush, ctx);
}

/*
 * Tables, without the root, that the finest split of [va, va + size) can take: the quota of a
 * region. Neighbours in one tree share tables, so a sum over regions is an upper bound. 0 if the
 * range is not in the format's input.
 */
u64 pt_tables_max(const struct pt_format *f, u64 va, u64 size);

#endif
