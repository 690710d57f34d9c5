// SPDX-License-Identifier: Apache-2.0
/* Whatever byte of a local APIC was changed, an INIT brings it back, or leaves it as it is. */
#include "machine.h"

#include <unit.h>

/* NULL: between two fields. */
static const struct vapic_field *field_of(size_t byte)
{
	for (u32 i = 0; i < vapic_field_count; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		if (f->per_cpu && byte >= f->offset && byte < f->offset + f->size)
			return f;
	}
	return NULL;
}

TEST(an_init_brings_back_each_byte_that_the_table_says)
{
	static struct vapic_state fresh, wanted;

	machine_reset();
	fresh = q.s;
	for (size_t at = 0; at < sizeof(struct vlapic); at++) {
		const struct vapic_field *f = field_of(at);

		if (f == NULL)
			continue;
		((u8 *)&q.s.cpu[1])[at] ^= 0xffU;
		wanted = f->init ? fresh : q.s;
		vlapic_reset(&q.s.cpu[1]);
		assert_memory_equal(&wanted, &q.s, sizeof(wanted));
		q.s = fresh;
	}
}

UNIT_TESTS(UNIT(an_init_brings_back_each_byte_that_the_table_says));
