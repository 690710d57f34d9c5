/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 ITS: registers, commands, LPI tables (Arm IHI 0069, chapters 5, 6 and 12). */
#ifndef DRIVERS_IRQCHIP_ITS_REGS_H
#define DRIVERS_IRQCHIP_ITS_REGS_H

#include <bulkhead/lib/types.h>

#define GITS_SIZE 0x20000U /* control and translation frames */
#define GITS_CTLR 0x0000U
#define GITS_TYPER 0x0008U
#define GITS_CBASER 0x0080U
#define GITS_CWRITER 0x0088U
#define GITS_CREADR 0x0090U
#define GITS_BASER 0x0100U /* eight of them */
#define GITS_BASERS 8U
#define GITS_TRANSLATER_PAGE 0x10000U
#define GITS_TRANSLATER 0x10040U

#define GITS_CTLR_ENABLED ((u32)BIT(0))
#define GITS_CTLR_QUIESCENT ((u32)BIT(31))

#define GITS_TYPER_PHYSICAL BIT(0)
#define GITS_TYPER_ITT_ENTRY(t) ((u32)FIELD_GET(t, 7, 4) + 1U)
#define GITS_TYPER_ID_BITS(t) ((u32)FIELD_GET(t, 12, 8) + 1U)
#define GITS_TYPER_DEVICE_BITS(t) ((u32)FIELD_GET(t, 17, 13) + 1U)
#define GITS_TYPER_PTA BIT(19) /* targets are addresses of redistributors, else numbers */
#define GITS_TYPER_HCC(t) ((u32)FIELD_GET(t, 31, 24))

/* What tables and queue have alike: GITS_BASER, GITS_CBASER, GICR_PROPBASER, GICR_PENDBASER. */
#define BASER_SHAREABLE BITS(11, 10)
#define BASER_INNER_SHAREABLE FIELD_PREP(1U, 11, 10)
#define BASER_VALID BIT(63)
#define CACHE_RA_WA_WB 7U
#define GITS_INNER_CACHE(c) FIELD_PREP(c, 61, 59)
#define GITS_NON_CACHEABLE 1U

#define GITS_BASER_INDIRECT BIT(62)
#define GITS_BASER_TYPE(b) ((u32)FIELD_GET(b, 58, 56))
#define GITS_BASER_ENTRY(b) ((u32)FIELD_GET(b, 52, 48) + 1U)
#define GITS_BASER_PAGE(b) ((u32)FIELD_GET(b, 9, 8))
#define GITS_BASER_PAGE_SHIFT 8U
#define GITS_BASER_PAGES(n) FIELD_PREP((n) - 1U, 7, 0)
#define GITS_BASER_PAGES_MAX 256U
#define GITS_TYPE_DEVICES 1U
#define GITS_TYPE_VPES 2U
#define GITS_TYPE_COLLECTIONS 4U

/* A first-level entry: a page of the table. */
#define GITS_LEVEL1_VALID BIT(63)
#define GITS_LEVEL1_ENTRY 8U

/* Offsets in the queue. */
#define GITS_OFFSET BITS(19, 5)
#define GITS_CREADR_STALLED BIT(0)
#define GITS_CWRITER_RETRY BIT(0)

#define GICR_CTLR_ENABLE_LPIS ((u32)BIT(0))
#define GICR_PROPBASER 0x0070U
#define GICR_PENDBASER 0x0078U
#define GICR_TYPER_PLPIS BIT(0)
#define GICR_TYPER_NUMBER(t) ((u64)FIELD_GET(t, 23, 8))
#define GICR_INNER_CACHE(c) FIELD_PREP(c, 9, 7)
#define GICR_PROPBASER_ID_BITS(n) FIELD_PREP((n) - 1U, 4, 0)
#define GICR_PENDBASER_PTZ BIT(62) /* the pending table holds zeros */
#define GICR_PENDBASER_ALIGN KIB(64)

#define GICD_TYPER_LPIS BIT(17)
#define GICD_TYPER_ID_BITS(t) ((u32)FIELD_GET(t, 23, 19) + 1U)

/* An LPI's byte of the configuration table: priority 7:2. */
#define LPI_ENABLE 0x1U
#define LPI_RES1 0x2U

/* A command: four words. */
struct its_command {
	u64 word[4];
};
_Static_assert(sizeof(struct its_command) == 32U, "ITS command");

#define ITS_MOVI 0x01U
#define ITS_SYNC 0x05U
#define ITS_MAPD 0x08U
#define ITS_MAPC 0x09U
#define ITS_MAPTI 0x0aU
#define ITS_INV 0x0cU
#define ITS_INVALL 0x0dU
#define ITS_DISCARD 0x0fU

#define ITS_DEVICE(id) FIELD_PREP(id, 63, 32)    /* word 0 */
#define ITS_MAPD_SIZE(bits) ((u64)(bits) - 1ULL) /* word 1: of event ids */
#define ITS_PINTID(lpi) FIELD_PREP(lpi, 63, 32)  /* word 1, above the event id */
#define ITS_VALID BIT(63)                        /* word 2 */
#define ITS_ITT_ALIGN 256U

#endif
