// SPDX-License-Identifier: Apache-2.0
/* Workarounds of the CPU that firmware carries out: it is asked once what it has. */
#include <asm/psci.h>
#include <asm/smccc.h>
#include <asm/sysreg.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>

/* Arm Architecture Calls (Arm DEN 0028 F, 7.5 to 7.7). */
#define ARCH_WORKAROUND_1 0x80008000U /* CVE-2017-5715 */
#define ARCH_WORKAROUND_2 0x80007fffU /* CVE-2018-3639 */
#define ARCH_WORKAROUND_3 0x80003fffU /* CVE-2017-5715 and CVE-2022-23960 */

#define SMCCC_1_0 0x10000LL

/* ARCH_FEATURES of a workaround: this CPU does not need it. */
#define UNAFFECTED 1LL

#define ID_PFR0_CSV2_SHIFT 56U
#define CSV2_BRANCHES 1U
#define CSV2_HISTORY 3U

static struct workaround {
	u32 id;
	u32 csv2; /* with this ID_AA64PFR0_EL1.CSV2 the CPU does not need it; 0: no CSV2 says so */
	s64 answer;
} workarounds[] = {
	{ ARCH_WORKAROUND_1, CSV2_BRANCHES, SMCCC_NOT_SUPPORTED },
	{ ARCH_WORKAROUND_2, 0, SMCCC_NOT_SUPPORTED },
	{ ARCH_WORKAROUND_3, CSV2_HISTORY, SMCCC_NOT_SUPPORTED },
};

static const struct workaround *workaround_find(u32 id)
{
	for (u32 i = 0; i < ARRAY_SIZE(workarounds); i++) {
		if (workarounds[i].id == id)
			return &workarounds[i];
	}
	return NULL;
}

bool workaround_known(u32 id)
{
	return workaround_find(id) != NULL;
}

s64 workaround_answer(u32 id)
{
	const struct workaround *w = workaround_find(id);

	return w != NULL ? w->answer : SMCCC_NOT_SUPPORTED;
}

/* Firmware from before SMCCC 1.1 does not know the question. */
static bool firmware_answers(void)
{
	return machine.power.psci == PSCI_SMC &&
	       (s32)psci_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) >= 0 &&
	       (s32)psci_call(SMCCC_VERSION, 0, 0, 0) > SMCCC_1_0;
}

static int workaround_init(void)
{
	const u64 pfr0 = read_sysreg(id_aa64pfr0_el1);
	const u32 csv2 = (u32)FIELD_GET(pfr0, ID_PFR0_CSV2_SHIFT + 3U, ID_PFR0_CSV2_SHIFT);
	const bool ask = firmware_answers();

	for (u32 i = 0; i < ARRAY_SIZE(workarounds); i++) {
		struct workaround *w = &workarounds[i];

		if (ask)
			w->answer = (s32)psci_call(SMCCC_ARCH_FEATURES, w->id, 0, 0);
		if (w->answer < 0 && w->csv2 != 0U && csv2 >= w->csv2)
			w->answer = UNAFFECTED;
	}
	return 0;
}
UNIT_DEFINE(workaround, 5, 11, workaround_init);
