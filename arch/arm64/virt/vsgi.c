// SPDX-License-Identifier: Apache-2.0
#include <asm/vsgi.h>

#define VSGI 0x23U
#define VSGI_ENABLE BIT(8)
#define VSGI_CLEAR BIT(9)
#define VSGI_GROUP1 BIT(10)
#define VPE_SHIFT 32U

void vsgi_command(const struct vsgi *s, u64 command[4])
{
	command[0] = VSGI | FIELD_PREP((u64)s->priority >> 4, 23, 20) |
		     FIELD_PREP((u64)s->intid & 0xfU, 35, 32) | (s->enabled ? VSGI_ENABLE : 0U) |
		     (s->group1 ? VSGI_GROUP1 : 0U) | (s->clear ? VSGI_CLEAR : 0U);
	command[1] = (u64)s->vpe << VPE_SHIFT;
	command[2] = 0;
	command[3] = 0;
}

u64 vsgi_doorbell(u16 vpe, u8 intid)
{
	return (u64)vpe << VPE_SHIFT | (intid & 0xfU);
}
