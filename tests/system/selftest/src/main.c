// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/string.h>

#include "selftest.h"

#define ARGUMENT_MAX 64U
#define ARGUMENT_KEY "selftest="

/* Where no loader passes a command line, the runner writes over this text in the image. */
static volatile char in_image[ARGUMENT_MAX] = "@selftest-argument@";

static const struct selftest parts[] = {
	{ "memory", selftest_memory },
	{ "reset", selftest_reset },
	{ "panic", selftest_panic },
	{ "exception", selftest_exception },
};

/* The word that picks: copied to @out, "" if there is none. */
static void argument_read(char out[ARGUMENT_MAX])
{
	const size_t key = sizeof(ARGUMENT_KEY) - 1U;

	memset(out, 0, ARGUMENT_MAX);
	if (strncmp(handoff.cmdline, ARGUMENT_KEY, key) == 0) {
		memcpy(out, handoff.cmdline + key, ARGUMENT_MAX - 1U);
		return;
	}
	if (in_image[0] == '@')
		return;
	for (u32 i = 0; i < ARGUMENT_MAX - 1U; i++)
		out[i] = in_image[i];
}

static int run(const char *argument)
{
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t n = strlen(parts[i].name);

		if (strncmp(argument, parts[i].name, n) != 0)
			continue;
		if (argument[n] == '\0')
			return parts[i].run("");
		if (argument[n] == ':')
			return parts[i].run(argument + n + 1U);
	}
	log_error("selftest: no part \"%s\"", argument);
	return 1;
}

static int selftest_init(void)
{
	char argument[ARGUMENT_MAX];
	int failed;

	argument_read(argument);
	if (argument[0] == '\0')
		return 0;
	log_info("selftest: %s", argument);
	failed = run(argument);
	log_info("selftest: %s", failed == 0 ? "passed" : "failed");
	firmware_sim_exit(failed == 0 ? 0U : 1U);
}
UNIT_DEFINE(selftest, 9, 90, selftest_init);
