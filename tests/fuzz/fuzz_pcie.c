// SPDX-License-Identifier: Apache-2.0
/*
 * Any configuration space. The first byte says what the host is like; then come functions of 8
 * bytes (parent, devfn, kind, number of changes, id), each followed by its changes of 5 bytes: 12
 * bits of offset, 4 of what is meant (set or make writable), 3 bytes of data. The top bit of the
 * number makes a function restless.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/fake.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/reset.h>

#include "tests/unit/pcie/model.h"

#define HEAD 8U
#define CHANGE 5U
#define KIND_BRIDGE 0x01U
#define KIND_ACS 0x02U
#define KIND_MULTIFUNCTION 0x04U
#define KIND_BARS 0x08U
#define KIND_NUMBERED 0x10U

#define STEP_ACCESSES 20U
#define STEPS_MOST 200000U

struct machine machine;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct model m;
static struct pcie_host host;

static void change(u32 f, const u8 *p)
{
	u32 offset = p[0] | (p[1] & 0xfU) << 8, value = p[2] | (u32)p[3] << 8 | (u32)p[4] << 16;

	if (offset > MODEL_BYTES - 4U)
		return;
	if ((p[1] & 0x10U) != 0U)
		model_writable(&m, f, offset, 4, value | (value & 0x800000U) << 1);
	else
		model_set(&m, f, offset, 4, value);
}

/* A function from its 8 bytes. */
static u32 function_add(const u8 *p)
{
	u32 parent = p[0] < m.count ? p[0] : MODEL_NONE;
	u32 id = p[4] | (u32)p[5] << 8 | (u32)p[6] << 16 | (u32)p[7] << 24, f;

	if ((p[2] & KIND_BRIDGE) != 0U) {
		f = model_bridge(&m, parent, 0, p[1], p[2] >> 5, (p[2] & KIND_ACS) != 0U);
		if ((p[2] & KIND_NUMBERED) != 0U)
			model_set(&m, f, PCI_BUSES, 4, id & 0xffffffU);
	} else {
		f = model_add(&m, parent, p[0] >> 4, p[1], id, (u32)p[2] << 16);
		model_express(&m, f, p[2] >> 5, ~0U);
	}
	if ((p[2] & KIND_MULTIFUNCTION) != 0U)
		model_set(&m, f, PCI_HEADER_TYPE, 1,
			  model_get(&m, f, PCI_HEADER_TYPE, 1) | PCI_HEADER_MULTIFUNCTION);
	if ((p[2] & KIND_BARS) != 0U) {
		model_bar(&m, f, 0, 1ULL << (p[4] & 63U), PCI_BAR_TYPE_64 | (p[5] & 8U));
		if ((p[2] & KIND_BRIDGE) == 0U)
			model_bar(&m, f, 2, 1ULL << (p[6] & 31U), p[7] & 9U);
	}
	m.fn[f].restless = (p[3] & 0x80U) != 0U;
	return f;
}

/* One owner has every function that can be given away: its reset ends, in short steps. */
static void reset(void)
{
	static struct pcie_clean list[CONFIG_PCIE_FUNCTIONS];
	struct pcie_reset job;
	u32 count = 0, steps = 0;
	int err = BH_EAGAIN;

	memset(list, 0, sizeof(list));
	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[i];

		if (f->state != PCIE_OFF || f->layout == PCI_HEADER_BRIDGE)
			continue;
		list[count].accept = true;
		list[count++].f = f;
	}
	fake_tick_step_set(0);
	fake_time_set(0);
	(void)timer_cpu_init();
	pcie_reset_init(&job, &pcie, &host, list, count);
	pcie_reset_begin(&job);
	while (err == BH_EAGAIN) {
		const u64 before = m.reads + m.writes;

		err = pcie_reset_step(&job);
		if (m.reads + m.writes - before > STEP_ACCESSES || steps > STEPS_MOST)
			abort();
		if (job.until > timer_now())
			fake_time_set(job.until);
		steps++;
	}
	if (err != 0 && err != BH_EIO)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1;

	if (size < 1U)
		return 0;
	machine = (struct machine){ .ram_count = 1, .ram = { { HPA(0x40000000), MIB(64) } } };
	model_open(&m, &host, 0, 0, (data[0] & 1U) != 0U ? 255U : data[0] >> 2);
	if ((data[0] & 2U) != 0U)
		model_windows(&host);
	while (size - at >= HEAD && m.count < MODEL_FUNCTIONS) {
		const u8 *p = data + at;
		u32 f = function_add(p), changes = p[3] & 15U;

		for (at += HEAD; changes != 0U && size - at >= CHANGE; changes--, at += CHANGE)
			change(f, data + at);
	}
	pcie_enumerate(&pcie, &host, 1);
	pcie_log(&pcie);
	if (model_unsound(&pcie, &host, 1) != NULL)
		abort();
	/* 256 buses of 32 devices, and up to 1,000 accesses a function. */
	if (m.reads + m.writes > 3U * 256U * 256U + 1000U * (m.count + 1U))
		abort();
	reset();
	return 0;
}
