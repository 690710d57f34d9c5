// SPDX-License-Identifier: Apache-2.0
/*
 * Any accesses of a guest to the ports of its PC, with time going on as it likes: every place is
 * that of a register, what is read has the width asked for, and only the ways out lead out.
 */
#include <stdlib.h>

#include <asm/vdev.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <fake.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vdev pc;
static struct vcpu_arch vcpu;
static u32 asked;

static void check(bool holds)
{
	if (!holds)
		abort();
}

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what)
{
	check(v == &vcpu && (what == GUEST_OFF || what == GUEST_RESET));
	asked++;
	return TRAP_PARK;
}

/* What to do, where, when, and with what. */
static void step(const uint8_t *d)
{
	const struct vdev_ports *p = &vdev_ports[d[0] % vdev_ports_count];
	const u32 width = 1U << (d[1] & 3U) % 3U;
	struct mmio_access a = {
		.offset = d[2] % p->size,
		.size = width,
		.write = (d[1] & 4U) != 0U,
		.value = (u64)d[3] | (u64)d[4] << 8 | (u64)d[5] << 24,
	};
	enum trap_result r;

	if (a.offset + a.size > p->size)
		return;
	if ((d[1] & 8U) != 0U)
		fake_time_set(timer_now() + ((u64)d[6] << (d[7] % 48U)));
	asked = 0;
	a.value &= ~0ULL >> (64U - 8U * width);
	r = p->fn(&pc, &a);
	check(r == (asked != 0U ? TRAP_PARK : TRAP_RESUME) && asked <= 1U);
	check(a.write || (a.value & ~(~0ULL >> (64U - 8U * width))) == 0U ||
	      p->fn == vpm_timer_access);
	check(asked == 0U || a.write);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fake_time_set(0);
	(void)timer_cpu_init();
	vdev_init(&pc, &vcpu);
	for (size_t i = 0; i + 8U <= size; i += 8U)
		step(data + i);
	vdev_reset(&pc);
	check(pc.rtc.index == 0U && pc.pci_address == 0U && pc.pit.port_b == 0U);
	return 0;
}
