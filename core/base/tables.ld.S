/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of .rodata in the linker scripts of both architectures: tables to which any file adds a row
 * (UNIT_DEFINE(), SERIAL_DRIVER(), IOMMU_DRIVER(), instructions that may fault). Sorted by name,
 * which puts units into boot order.
 */
		. = ALIGN(8);
		units_start = .;
		KEEP(*(SORT_BY_NAME(.units.*)))
		units_end = .;
		serial_drivers_start = .;
		KEEP(*(SORT_BY_NAME(.serial)))
		serial_drivers_end = .;
		iommu_drivers_start = .;
		KEEP(*(SORT_BY_NAME(.iommu)))
		iommu_drivers_end = .;
		. = ALIGN(8);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
