// SPDX-License-Identifier: Apache-2.0
#include "aml.h"

#include <bulkhead/lib/string.h>

#define OP_NAME 0x08U
#define OP_BYTE 0x0aU
#define OP_WORD 0x0bU
#define OP_DWORD 0x0cU
#define OP_STRING 0x0dU
#define OP_SCOPE 0x10U
#define OP_BUFFER 0x11U
#define OP_PACKAGE 0x12U
#define OP_EXT 0x5bU
#define OP_EXT_DEVICE 0x82U

/* A package length of three bytes: bits 3:0, 11:4, 19:12 (20.2.4). It counts itself. */
#define LENGTH_BYTES 3U
#define LENGTH_THREE 0x80U

#define RESOURCE_PORTS 0x47U
#define PORTS_DECODE_16 1U
#define RESOURCE_END 0x79U
#define RESOURCE_MEMORY_32 0x86U
#define MEMORY_32_LENGTH 9U
#define MEMORY_WRITABLE 1U
#define RESOURCE_IRQ 0x89U
#define IRQ_LENGTH 6U
#define IRQ_CONSUMER BIT(0)
#define IRQ_EDGE BIT(1)
#define RESOURCE_QWORD 0x8aU
#define RESOURCE_WORD 0x88U
#define WORD_LENGTH 13U
#define WORD_BUS 2U
#define QWORD_LENGTH 43U
#define QWORD_MEMORY 0U
#define QWORD_FLAGS 0x0dU  /* consumer, fixed at both ends */
#define WINDOW_FLAGS 0x0cU /* producer, the same */
#define MEMORY_PREFETCH 0x06U

void aml_byte(struct aml *a, u8 byte)
{
	if (a->used == a->room) {
		a->full = true;
		return;
	}
	a->p[a->used] = byte;
	a->used++;
}

void aml_bytes(struct aml *a, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		aml_byte(a, ((const u8 *)bytes)[i]);
}

static void little(struct aml *a, u64 value, u32 size)
{
	for (u32 i = 0; i < size; i++)
		aml_byte(a, (u8)(value >> (8U * i)));
}

static struct aml_open begin(struct aml *a)
{
	const struct aml_open o = { a->used };

	little(a, 0, LENGTH_BYTES);
	return o;
}

void aml_end(struct aml *a, struct aml_open o)
{
	const size_t n = a->used - o.at;

	if (a->full)
		return;
	a->p[o.at] = (u8)(LENGTH_THREE | (n & 0xfU));
	a->p[o.at + 1U] = (u8)(n >> 4);
	a->p[o.at + 2U] = (u8)(n >> 12);
}

struct aml_open aml_scope(struct aml *a, const char name[5])
{
	struct aml_open o;

	aml_byte(a, OP_SCOPE);
	o = begin(a);
	aml_byte(a, '\\');
	aml_bytes(a, name, 4);
	return o;
}

struct aml_open aml_device(struct aml *a, const char name[5])
{
	struct aml_open o;

	aml_byte(a, OP_EXT);
	aml_byte(a, OP_EXT_DEVICE);
	o = begin(a);
	aml_bytes(a, name, 4);
	return o;
}

struct aml_open aml_package(struct aml *a, u8 count)
{
	struct aml_open o;

	aml_byte(a, OP_PACKAGE);
	o = begin(a);
	aml_byte(a, count);
	return o;
}

void aml_name(struct aml *a, const char name[5])
{
	aml_byte(a, OP_NAME);
	aml_bytes(a, name, 4);
}

/* ZeroOp and OneOp are the numbers themselves. */
void aml_number(struct aml *a, u32 value)
{
	if (value <= 1U) {
		aml_byte(a, (u8)value);
	} else if (value <= 0xffU) {
		aml_byte(a, OP_BYTE);
		little(a, value, 1);
	} else if (value <= 0xffffU) {
		aml_byte(a, OP_WORD);
		little(a, value, 2);
	} else {
		aml_byte(a, OP_DWORD);
		little(a, value, 4);
	}
}

void aml_string(struct aml *a, const char *s)
{
	aml_byte(a, OP_STRING);
	aml_bytes(a, s, strlen(s) + 1U);
}

static u32 hex(char c)
{
	return c <= '9' ? (u32)(c - '0') : (u32)(c - 'A') + 10U;
}

/* Three letters of five bits, four digits, most significant first (19.3.4). */
void aml_eisa_id(struct aml *a, const char id[8])
{
	u32 value = 0;

	for (u32 i = 0; i < 3U; i++)
		value = value << 5 | ((u32)(id[i] - 'A') + 1U);
	for (u32 i = 3; i < 7U; i++)
		value = value << 4 | hex(id[i]);
	aml_byte(a, OP_DWORD);
	for (u32 i = 4; i-- > 0U;)
		aml_byte(a, (u8)(value >> (8U * i)));
}

struct aml_open aml_resources(struct aml *a)
{
	struct aml_open o;

	aml_byte(a, OP_BUFFER);
	o = begin(a);
	aml_byte(a, OP_WORD);
	little(a, 0, 2);
	return o;
}

void aml_resource_ports(struct aml *a, u16 first, u8 count)
{
	aml_byte(a, RESOURCE_PORTS);
	aml_byte(a, PORTS_DECODE_16);
	little(a, first, 2);
	little(a, first, 2);
	aml_byte(a, 1);
	aml_byte(a, count);
}

static void quad(struct aml *a, u64 base, u64 size, u8 flags, u8 kind)
{
	aml_byte(a, RESOURCE_QWORD);
	little(a, QWORD_LENGTH, 2);
	aml_byte(a, QWORD_MEMORY);
	aml_byte(a, flags);
	aml_byte(a, kind);
	little(a, 0, 8);
	little(a, base, 8);
	little(a, base + size - 1U, 8);
	little(a, 0, 8);
	little(a, size, 8);
}

void aml_resource_memory(struct aml *a, u64 base, u64 size)
{
	if (base + size <= UINT32_MAX) {
		aml_byte(a, RESOURCE_MEMORY_32);
		little(a, MEMORY_32_LENGTH, 2);
		aml_byte(a, MEMORY_WRITABLE);
		little(a, base, 4);
		little(a, size, 4);
		return;
	}
	quad(a, base, size, QWORD_FLAGS, MEMORY_WRITABLE);
}

void aml_window_buses(struct aml *a, u16 first, u16 last)
{
	aml_byte(a, RESOURCE_WORD);
	little(a, WORD_LENGTH, 2);
	aml_byte(a, WORD_BUS);
	aml_byte(a, WINDOW_FLAGS);
	aml_byte(a, 0);
	little(a, 0, 2);
	little(a, first, 2);
	little(a, last, 2);
	little(a, 0, 2);
	little(a, last - first + 1ULL, 2);
}

void aml_window_memory(struct aml *a, u64 base, u64 size, bool prefetch)
{
	quad(a, base, size, WINDOW_FLAGS, MEMORY_WRITABLE | (prefetch ? MEMORY_PREFETCH : 0U));
}

void aml_resource_irq(struct aml *a, u32 gsi, bool level)
{
	aml_byte(a, RESOURCE_IRQ);
	little(a, IRQ_LENGTH, 2);
	aml_byte(a, (u8)(IRQ_CONSUMER | (level ? 0U : IRQ_EDGE)));
	aml_byte(a, 1);
	little(a, gsi, 4);
}

/* The buffer's size is behind its package length. The end tag's checksum 0 is not looked at. */
void aml_resources_end(struct aml *a, struct aml_open o)
{
	size_t size;

	aml_byte(a, RESOURCE_END);
	aml_byte(a, 0);
	aml_end(a, o);
	if (a->full)
		return;
	size = a->used - (o.at + LENGTH_BYTES + 3U);
	a->p[o.at + LENGTH_BYTES + 1U] = (u8)size;
	a->p[o.at + LENGTH_BYTES + 2U] = (u8)(size >> 8);
}
