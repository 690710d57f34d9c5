// SPDX-License-Identifier: Apache-2.0
/*
 * Three vcpus do anything to their interrupt controller, twelve bytes a step. Whatever it was: no
 * list register holds what the model does not know, nothing is in two of them, nothing that is
 * ready is forgotten, kicks and maintenance interrupts end, physical interrupts end once.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/arch/percpu.h>

#include "interface.h"

#define VCPUS 3U
#define STEP 12U
#define BOUND 100U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct virq q;

static void wrong(const char *what __unused)
{
	abort();
}

static void setup(void)
{
	static bool once;

	on_wrong = wrong;
	if (!once)
		vgic_regs_init();
	once = true;
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++)
		cpus[i].id = i;
	interface_reset();
	vgic_init(&q, 3, VCPUS, &interface_ops);
	q.bound[BOUND / 32U] |= 1U << (BOUND % 32U);
	for (u32 n = 0; n < VCPUS; n++)
		load_cpu(&q, n);
}

static void physical(u32 n, u32 intid)
{
	if (physical_active[intid] || (intid < VGIC_PRIVATE && n != 0U))
		return;
	physical_active[intid] = true;
	if (intid == VGIC_PPI_VTIMER && take_timer(&q, n))
		return;
	spin_lock(&q.lock);
	vgic_physical(&q, n, intid);
	spin_unlock(&q.lock);
}

static void access(u32 n, const u8 *step, u64 value)
{
	const struct vgic_row *r = &vgic_rows[step[1] % vgic_row_count];
	const u32 size = 1U << (step[2] & 3U);
	const u32 at = r->offset + step[3] * 4U % (r->count * r->width);

	(void)vgic_register(&q, n, step[2] % VCPUS, (enum vgic_frame)r->frame, at & ~(size - 1U),
			    size, (step[2] & 0x80U) != 0U, &value);
}

static void take_step(const u8 *step)
{
	const u32 n = (step[0] >> 4) % VCPUS;
	const u32 intid = VGIC_PRIVATE + step[1] % (VGIC_LINES - VGIC_PRIVATE);
	u64 value;

	memcpy(&value, &step[4], sizeof(value));
	be_cpu(n);
	serve(&q, n);
	switch (step[0] & 0xfU) {
	case 0:
	case 1:
		spin_lock(&q.lock);
		if ((step[0] & 1U) != 0U)
			vgic_raise(&q, intid);
		else
			vgic_line(&q, intid, (step[2] & 1U) != 0U);
		spin_unlock(&q.lock);
		break;
	case 2:
		if ((step[1] & 1U) != 0U)
			send_short(&q, n, step[2] % VCPUS, step[3] % VGIC_SGIS);
		else
			vgic_sgi(&q, n, value);
		break;
	case 3:
		physical(n, (step[1] & 1U) != 0U ? BOUND : VGIC_PPI_VTIMER);
		break;
	case 4:
		interfaces[n].split = (step[1] & 1U) != 0U;
		timer_line = (step[1] & 2U) != 0U;
		break;
	case 5:
		guest_deactivate(&q, n, (u32)value);
		break;
	case 6:
	case 7:
		(void)guest_take(&q, n);
		serve(&q, n);
		break;
	case 8:
		guest_end(&q, n, (u32)value % VGIC_LINES);
		break;
	default:
		access(n, step, value);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	setup();
	for (; size >= STEP; size -= STEP, data += STEP)
		take_step(data);
	come_to_rest(&q);
	check_state(&q);
	return 0;
}
