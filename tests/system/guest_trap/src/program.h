/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the program: one guest machine, the trips through it, the shootdowns. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <bulkhead/vm/vcpu.h>

#include "guest.h"

#define STAMPS_MAX 3U

/* What the guest has told. */
struct told {
	u32 result, echo;
	u32 faults;
	u32 last_fault;
	u32 stamps;
	u64 stamp[STAMPS_MAX];
	bool end;
};

/* The memory of the guest, shared by all its vcpus. */
struct guest {
	struct s2 s2;
	struct mmio_map mmio, ports;
	u8 *ram; /* as Bulkhead sees it */
	hpa_t base;
};

extern struct guest guest;

/* The code, and what the architecture adds to it. */
extern const u8 guest_code[], guest_code_end[];
struct vcpu_start arch_guest_start(u32 mode);
void arch_guest_tables(u8 *ram);

/* What of the architecture is timed beside the hypercall: a mode of the guest; NULL ends it. */
struct timed {
	const char *metric;
	u32 mode;
};
extern const struct timed arch_timed[];

/* A vcpu of the guest that is for CPU @cpu, started in @mode; what it tells goes to @told. */
struct vcpu *guest_vcpu(u32 cpu, u32 mode, struct told *told);

/* Number the guest is given at REG_ASK. */
#define ASK_ANSWER 0x5ca1ab1eU

/* The tests proper: true if all is well, each says why not. */
bool trips_test(void);
bool shootdown_test(void);

#endif
