/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_TRAP_H
#define FAKE_ASM_TRAP_H

struct exc_frame {
	u64 pc;
	u64 syndrome;
};

#endif
