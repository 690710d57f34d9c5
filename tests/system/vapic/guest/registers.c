// SPDX-License-Identifier: Apache-2.0
/* Every register of the table, and everything that is none, by page and by MSR. */
#include "apic.h"

static u32 field(u32 row, u32 n)
{
	port_write(DEVICE_ROW, row);
	port_write(DEVICE_FIELD, n);
	return port_read(DEVICE_FIELD);
}

static s32 row_of(u32 offset, u32 mode)
{
	const u32 rows = port_read(DEVICE_ROW);

	for (u32 i = 0; i < rows; i++) {
		const u32 from = field(i, FIELD_OFFSET);

		if (offset >= from && offset < from + 16U * field(i, FIELD_COUNT))
			return (field(i, FIELD_MODES) & mode) != 0U ? (s32)i : -1;
	}
	return -1;
}

/* What is no register is an error that the ESR shows; each read at its reset value. */
static void test_page(void)
{
	for (u32 at = 0; at < 0x400U; at += 16U) {
		const s32 row = row_of(at, IN_XAPIC);
		const u32 kind = row >= 0 ? field((u32)row, FIELD_KIND) : KIND_NONE;
		const u32 value = page_read(at);

		if (kind == KIND_RO || kind == KIND_RW)
			guest_check(value == field((u32)row, FIELD_RESET));
		else
			guest_check(value == 0U);
		page_write(REG_ESR, 0);
		guest_check(page_read(REG_ESR) == (row < 0 ? 0x80U : 0U));
	}
}

static void test_widths(void)
{
	guest_check(*(volatile u8 *)(PAGE + REG_VERSION) == 0U);
	guest_check(*(volatile u16 *)(PAGE + REG_VERSION) == 0U);
	guest_check(*(volatile u32 *)(PAGE + REG_VERSION + 4U) == 0U);
	*(volatile u8 *)(PAGE + REG_TPR) = 0x55;
	guest_check(page_read(REG_TPR) == 0U);
}

static void test_msrs(void)
{
	u64 value;

	for (u32 i = 0; i < 0x40U; i++) {
		const s32 row = row_of(i * 16U, IN_X2APIC);
		const bool reads = row >= 0 && field((u32)row, FIELD_READS) != 0U;
		const bool writes = row >= 0 && field((u32)row, FIELD_WRITES) != 0U &&
				    field((u32)row, FIELD_X2_READ_ONLY) == 0U;
		u64 reserved;

		guest_check(msr_read_safe(0x800U + i, &value) == reads);
		if (!writes) {
			guest_check(!msr_write_safe(0x800U + i, 0));
			continue;
		}
		reserved = (u64)field((u32)row, FIELD_RESERVED_HIGH) << 32 |
			   field((u32)row, FIELD_RESERVED);
		for (u32 bit = 0; bit < 64U; bit++) {
			if ((reserved >> bit & 1U) != 0U)
				guest_check(!msr_write_safe(0x800U + i, 1ULL << bit));
		}
	}
	guest_check(!msr_read_safe(0x8ff, &value));
}

void test_registers(void)
{
	u64 value;

	test_page();
	test_widths();
	guest_check(!msr_read_safe(0x802, &value));
	guest_check(msr_write_safe(0x1b, 0xfee00d00));
	guest_check(page_read(REG_VERSION) == 0xffffffffU);
	test_msrs();
	guest_check(!msr_write_safe(0x1b, 0xfee00900));
	guest_check(msr_write_safe(0x1b, 0xfee00100));
	guest_check(!msr_read_safe(0x802, &value));
	guest_check(!msr_write_safe(0x1b, 0xfee00d00));
	guest_check(msr_write_safe(0x1b, 0xfee00900));
	guest_check(page_read(REG_SVR) == 0xffU);
	guest_check(page_read(REG_LINT0) == 0x10000U);
}
