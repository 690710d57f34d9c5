/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in and out of the program that executes A64 instructions, one record each. */
#ifndef TESTS_UNIT_INSN_ARM64_RUNNER_H
#define TESTS_UNIT_INSN_ARM64_RUNNER_H

#include <stdint.h>

#define RUNNER_BATCH 10000U
#define RUNNER_DATA 0x50000000ULL /* where the window is */
#define RUNNER_WINDOW 128U        /* bytes, all of them filled anew for each instruction */

struct runner_in {
	uint64_t x[32]; /* 31: SP */
	uint32_t word, reserved;
};

struct runner_out {
	uint64_t x[32];
	uint8_t v[32][16];
	uint8_t data[RUNNER_WINDOW];
	uint64_t signal;
};

static inline uint8_t runner_vector_byte(uint32_t reg, uint32_t byte)
{
	return (uint8_t)(reg * 113U + byte * 7U + 1U);
}

static inline uint8_t runner_data_byte(uint32_t byte)
{
	return (uint8_t)(byte * 37U + 139U);
}

#endif
