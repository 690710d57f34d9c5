/* SPDX-License-Identifier: Apache-2.0 */
/* What the guests of this test call, and how they meet in the page they share. */
#ifndef TESTS_SYSTEM_FREEZE_CALLS_H
#define TESTS_SYSTEM_FREEZE_CALLS_H

/* ARM(n): the held one stands still in its n-th lock; beyond the last: in none, it goes on. */
#define OP_ARM 28U
/* STANDS(): second result: it does. */
#define OP_STANDS 29U
/* LOCKS(n): second result: how many it has taken so far in 7:0, the class of the n-th in 15:8. */
#define OP_LOCKS 30U
/* PHASE(): the instructions of the caller's CPU are counted anew from here on. */
#define OP_PHASE 31U

/* The page: words. */
#define PAGE 0x60000000U
enum {
	ROUND,  /* 0: nothing is frozen; n: the lock n - 1 */
	STAGE,  /* of the held one, which restarts in between */
	READY,  /* 1 + the round that the held one is in */
	HELD,   /* 1 + the round it is through with */
	STEADY, /* 1 + the round that the steady one is through with */
};
#define ROUNDS_MAX 33U

#endif
