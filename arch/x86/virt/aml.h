/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ACPI Machine Language, as much as describes devices that just are there (ACPI 6.4, chapter 20,
 * and 6.4 for resources). Everything is written once, front to back, into a buffer with a bound.
 */
#ifndef VIRT_AML_H
#define VIRT_AML_H

#include <bulkhead/lib/types.h>

struct aml {
	u8 *p;
	size_t room, used;
	bool full; /* something did not fit: what is there is worth nothing */
};

/* What was begun: where its length goes. */
struct aml_open {
	size_t at;
};

void aml_byte(struct aml *a, u8 byte);
void aml_bytes(struct aml *a, const void *bytes, size_t n);

/* Scope(\\@name), Device(@name): @name has four characters. Ended by aml_end(). */
struct aml_open aml_scope(struct aml *a, const char name[5]);
struct aml_open aml_device(struct aml *a, const char name[5]);
/* Package of @count elements. */
struct aml_open aml_package(struct aml *a, u8 count);
void aml_end(struct aml *a, struct aml_open o);

/* Name(@name, ...): the value is what is written next. */
void aml_name(struct aml *a, const char name[5]);
void aml_number(struct aml *a, u32 value);
void aml_string(struct aml *a, const char *s);
/* EISAID(@id), seven characters. */
void aml_eisa_id(struct aml *a, const char id[8]);

/* ResourceTemplate: what is in between are the resources. */
struct aml_open aml_resources(struct aml *a);
void aml_resource_ports(struct aml *a, u16 first, u8 count);
void aml_resource_memory(struct aml *a, u64 base, u64 size);
/* Of a bus bridge: bus numbers and memory that what is behind it can have. */
void aml_window_buses(struct aml *a, u16 first, u16 last);
void aml_window_memory(struct aml *a, u64 base, u64 size, bool prefetch);
/* Active high; level or edge. */
void aml_resource_irq(struct aml *a, u32 gsi, bool level);
void aml_resources_end(struct aml *a, struct aml_open o);

#endif
