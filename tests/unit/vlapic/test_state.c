// SPDX-License-Identifier: Apache-2.0
/* Whatever byte of a local APIC was changed, an INIT brings it back, or leaves it as it is. */
#include "machine.h"

#include <unit.h>

static bool init_resets(size_t byte)
{
	for (u32 i = 0; i < vapic_field_count; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		if (f->per_cpu && byte >= f->offset && byte < f->offset + f->size)
			return f->init;
	}
	return false;
}

TEST(an_init_brings_back_each_byte_that_the_table_says)
{
	static struct vapic_state fresh, wanted;

	machine_reset();
	fresh = q.s;
	for (size_t at = 0; at < sizeof(struct vlapic); at++) {
		((u8 *)&q.s.cpu[1])[at] ^= 0xffU;
		wanted = q.s;
		if (init_resets(at))
			wanted = fresh;
		vlapic_reset(&q.s.cpu[1]);
		assert_memory_equal(&wanted, &q.s, sizeof(wanted));
		q.s = fresh;
	}
}

UNIT_TESTS(UNIT(an_init_brings_back_each_byte_that_the_table_says));
