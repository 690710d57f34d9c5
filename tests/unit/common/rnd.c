// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rnd.h>

static u64 random_state;

u64 rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

u64 rnd_below(u64 below)
{
	return (rnd() >> 16) % below;
}

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

void rnd_start(void)
{
	random_state = number("INSN_SEED", (u64)time(NULL)) | 1U;
	printf("insn: INSN_SEED=%llu\n", (unsigned long long)random_state);
}

u64 wanted_count(void)
{
	const char *scope = getenv("SCOPE");

	return number("INSN_OPS",
		      scope != NULL && strcmp(scope, "full") == 0 ? 10000000U : 100000U);
}
