/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_TIMER_H
#define FAKE_ASM_TIMER_H

u64 fake_timer_now(void);

static inline u64 timer_now(void)
{
	return fake_timer_now();
}

#endif
