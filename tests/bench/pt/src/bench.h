/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring: instructions between two readings of the clock, which must count them. */
#ifndef BENCH_H
#define BENCH_H

#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>

struct bench {
	u64 null; /* what two readings in a row cost */
	u64 n, sum, min, max;
};

static inline struct bench bench_begin(void)
{
	const u64 t = timer_now();

	return (struct bench){ .null = timer_now() - t, .min = ~0ULL };
}

/* Adds what was measured from @since to @until. */
static inline void bench_add(struct bench *b, u64 since, u64 until)
{
	const u64 took = until - since - b->null;

	b->n++;
	b->sum += took;
	b->min = took < b->min ? took : b->min;
	b->max = took > b->max ? took : b->max;
}

/* The line that make bench looks for. */
static inline void bench_say(const struct bench *b, const char *metric)
{
	log_info("bench %s instructions %llu %llu %llu.%02llu %llu", metric,
		 (unsigned long long)b->n, (unsigned long long)b->min,
		 (unsigned long long)(b->sum / b->n),
		 (unsigned long long)(b->sum * 100U / b->n % 100U), (unsigned long long)b->max);
}

#endif
