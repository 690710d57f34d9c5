/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel VT-d registers and queue descriptors, as the Intel Virtualization Technology for Directed
 * I/O specification 4.1 names them (chapters 6.5 and 11.4).
 */
#ifndef BULKHEAD_DRIVERS_IOMMU_VTD_REGS_H
#define BULKHEAD_DRIVERS_IOMMU_VTD_REGS_H

#include <bulkhead/lib/types.h>

#define CAP_REG 0x08U
#define ECAP_REG 0x10U
#define GCMD_REG 0x18U
#define GSTS_REG 0x1cU
#define RTADDR_REG 0x20U
#define CCMD_REG 0x28U
#define FSTS_REG 0x34U
#define FECTL_REG 0x38U
#define FEDATA_REG 0x3cU
#define FEADDR_REG 0x40U
#define FEUADDR_REG 0x44U
#define PMEN_REG 0x64U
#define IQH_REG 0x80U
#define IQT_REG 0x88U
#define IQA_REG 0x90U
#define IECTL_REG 0xa0U
#define IRTA_REG 0xb8U

/* Domain ids: 4 + 2 * ND bits. */
#define CAP_ND(cap) ((u32)FIELD_GET(cap, 2, 0))
#define CAP_RWBF BIT(4)
#define CAP_PLMR BIT(5)
#define CAP_PHMR BIT(6)
#define CAP_CM BIT(7)
/* Bit n: walks of n + 2 levels. */
#define CAP_SAGAW(cap) ((u32)FIELD_GET(cap, 12, 8))
#define CAP_MGAW(cap) ((u32)FIELD_GET(cap, 21, 16) + 1U)
#define CAP_FRO(cap) (FIELD_GET(cap, 33, 24) * 16U)
#define CAP_NFR(cap) ((u32)FIELD_GET(cap, 47, 40) + 1U)

/* Leaves of 2 MiB, of 1 GiB. */
#define CAP_SLLPS_2M BIT(34)
#define CAP_SLLPS_1G BIT(35)
#define CAP_PSI BIT(39)
#define CAP_MAMV(cap) ((u32)FIELD_GET(cap, 53, 48))

#define ECAP_C BIT(0)
#define ECAP_QI BIT(1)
#define ECAP_IR BIT(3)
#define ECAP_EIM BIT(4)
#define ECAP_IRO(ecap) (FIELD_GET(ecap, 17, 8) * 16U)

/* GCMD_REG; the status bit of a command has the same place in GSTS_REG. */
#define GCMD_TE ((u32)BIT(31))
#define GCMD_SRTP ((u32)BIT(30))
#define GCMD_EAFL ((u32)BIT(28))
#define GCMD_WBF ((u32)BIT(27))
#define GCMD_QIE ((u32)BIT(26))
#define GCMD_IRE ((u32)BIT(25))
#define GCMD_SIRTP ((u32)BIT(24))
#define GCMD_CFI ((u32)BIT(23))
#define GSTS_TES GCMD_TE
#define GSTS_RTPS GCMD_SRTP
#define GSTS_AFLS GCMD_EAFL
#define GSTS_WBFS GCMD_WBF
#define GSTS_QIES GCMD_QIE
#define GSTS_IRES GCMD_IRE
#define GSTS_IRTPS GCMD_SIRTP
#define GSTS_CFIS GCMD_CFI
/* GSTS_REG bits that say what is on; the others report one-shot commands (11.4.4.1). */
#define GSTS_PERSISTENT 0x96ffffffU

#define RTADDR_TTM BITS(11, 10)
#define RTADDR_TTM_SCALABLE FIELD_PREP(1U, 11, 10)

#define CCMD_ICC BIT(63)
#define CCMD_CIRG_GLOBAL FIELD_PREP(1U, 62, 61)

/* IOTLB_REG is 8 bytes after ECAP.IRO. */
#define IOTLB_REG 8U
#define IOTLB_IVT BIT(63)
#define IOTLB_IIRG_GLOBAL FIELD_PREP(1U, 61, 60)
#define IOTLB_DR BIT(49)
#define IOTLB_DW BIT(48)

#define FSTS_PFO ((u32)BIT(0))
#define FSTS_PPF ((u32)BIT(1))
#define FSTS_IQE ((u32)BIT(4))
#define FSTS_ICE ((u32)BIT(5))
#define FSTS_ITE ((u32)BIT(6))
#define FSTS_FRI(fsts) ((u32)FIELD_GET(fsts, 15, 8))
#define FSTS_QUEUE_ERRORS (FSTS_IQE | FSTS_ICE | FSTS_ITE)

#define FECTL_IM ((u32)BIT(31))
#define IECTL_IM ((u32)BIT(31))

#define PMEN_EPM ((u32)BIT(31))
#define PMEN_PRS ((u32)BIT(0))

/* IQA_REG: QS = 0 is a queue of one page; IQH and IQT count bytes from its start. */
#define IQA_DW BIT(11)
#define IQ_OFFSET BITS(18, 4)

#define IRTA_EIME BIT(11)
/* 2^(S + 1) entries of 16 bytes: 256, one page. */
#define IRTA_S_256 FIELD_PREP(7U, 3, 0)

/* FRCD_REG: two words of 64 bits. */
#define FRCD_SIZE 16U
#define FRCD_HIGH 8U
#define FRCD_FI BITS(63, 12)
#define FRCD_HIGH_F BIT(63)
#define FRCD_HIGH_T1 BIT(62) /* 1: read, 0: write */
#define FRCD_HIGH_FR(hi) ((u32)FIELD_GET(hi, 39, 32))
#define FRCD_HIGH_SID(hi) ((u32)FIELD_GET(hi, 15, 0))

/* Invalidation queue descriptors, first word (6.5.2). */
#define QI_CONTEXT_GLOBAL (0x1U | FIELD_PREP(1U, 5, 4))
#define QI_CONTEXT_DEVICE (0x1U | FIELD_PREP(3U, 5, 4))
#define QI_SID(sid) FIELD_PREP(sid, 47, 32)
#define QI_DID(did) FIELD_PREP(did, 31, 16)
#define QI_IOTLB_GLOBAL (0x2U | FIELD_PREP(1U, 5, 4))
#define QI_IOTLB_DOMAIN (0x2U | FIELD_PREP(2U, 5, 4))
#define QI_IOTLB_PAGES (0x2U | FIELD_PREP(3U, 5, 4))
#define QI_IOTLB_DW BIT(6)
#define QI_IOTLB_DR BIT(7)
/* Second word: 2^AM pages at ADDR; IH: only leaves changed. */
#define QI_IOTLB_AM(am) FIELD_PREP(am, 5, 0)
#define QI_IOTLB_IH BIT(6)
#define QI_IEC_GLOBAL 0x4U
#define QI_IEC_ENTRY (0x4U | FIELD_PREP(1U, 4, 4))
#define QI_IEC_IIDX(entry) FIELD_PREP(entry, 47, 32)
#define QI_PASID_GLOBAL (0x7U | FIELD_PREP(3U, 5, 4))
#define QI_WAIT 0x5U
#define QI_WAIT_SW BIT(5)
#define QI_WAIT_FN BIT(6)

/* Interrupt remapping entry (9.9). Destinations of 8 bits are in 15:8 of DST. */
#define IRTE_P BIT(0)
#define IRTE_TM BIT(4) /* level */
#define IRTE_V(vector) FIELD_PREP(vector, 23, 16)
#define IRTE_DST(id) FIELD_PREP(id, 63, 32)
#define IRTE_HIGH_SID(sid) FIELD_PREP(sid, 15, 0)
#define IRTE_HIGH_SVT_ALL FIELD_PREP(1U, 19, 18) /* all of the source id is compared */

/* Root table entry, context entry (9.1, 9.3). */
#define ROOT_P BIT(0)
#define CONTEXT_P BIT(0)
#define CONTEXT_FPD BIT(1)
#define CONTEXT_HIGH_AW(levels) FIELD_PREP((levels) - 2U, 2, 0)
#define CONTEXT_HIGH_DID(did) FIELD_PREP(did, 23, 8)
#define CONTEXT_DID(high) ((u32)FIELD_GET(high, 23, 8))

#endif
