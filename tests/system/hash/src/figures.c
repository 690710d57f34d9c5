// SPDX-License-Identifier: Apache-2.0
/* One tick of the simulated clock is one instruction. */
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/svc/hash.h>

#include "program.h"

#define BYTES KIB(64)

static u8 data[BYTES] __aligned(64);

static void figure(const char *metric, u64 ticks, u64 per)
{
	log_info("bench %s instructions 1 - %llu.%02llu -", metric,
		 (unsigned long long)(ticks / per),
		 (unsigned long long)(ticks * 100U / per % 100U));
}

/* The rounds in C alone, whatever hashes are computed by. */
static void in_c(void)
{
	u32 state[8] = { 0 };
	struct sha256_rounds r;
	const u64 from = timer_now();

	for (u32 at = 0; at < sizeof(data); at += SHA256_BLOCK) {
		for (sha256_begin(&r, state, data + at); sha256_busy(&r);)
			sha256_step(&r, state);
	}
	figure("hash_byte_c", timer_now() - from, BYTES);
}

static void whole(void)
{
	u8 digest[SHA256_SIZE];
	struct hash h;
	u64 from;

	hash_init(&h);
	from = timer_now();
	hash_update(&h, data, sizeof(data));
	hash_final(&h, digest);
	figure("hash_byte", timer_now() - from, BYTES);
}

static u64 longest(u64 so_far, u64 from)
{
	const u64 now = timer_now() - from;

	return now > so_far ? now : so_far;
}

static void steps(void)
{
	u8 digest[SHA256_SIZE];
	struct hash h;
	const u64 start = timer_now();
	u64 most = 0;
	u64 from;
	size_t done = 0;
	int err;

	hash_init(&h);
	while (done < 4095U) {
		from = timer_now();
		done += hash_some(&h, data + 1U + done, 4095U - done);
		most = longest(most, from);
	}
	do {
		from = timer_now();
		err = hash_end(&h, digest);
		most = longest(most, from);
	} while (err != 0);
	log_info("hash: %llu instructions for 4095 bytes in steps",
		 (unsigned long long)(timer_now() - start));
	figure("hash_step", most, 1);
}

void hash_figures(void)
{
	whole();
	in_c();
	steps();
}
