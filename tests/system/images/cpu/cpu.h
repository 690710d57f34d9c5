/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this image share. */
#ifndef TESTS_IMAGES_CPU_H
#define TESTS_IMAGES_CPU_H

#include "../image.h"

/* 2 MiB that user mode reaches: code, data, stack. */
#define USER 0x1000000UL
#define USER_CODE USER
#define USER_DATA (USER + 0x1000UL)
#define USER_STACK (USER + 0x10000UL)

#define KERNEL_CODE 0x08U
#define KERNEL_DATA 0x10U
#define USER_SS 0x1bU
#define USER_CS 0x23U
#define TASK 0x28U

/* The last exception: what the CPU said of it. */
extern volatile struct fault {
	u32 vector;
	u64 error, pc, cr2;
} fault;

/* Who takes an exception and resumes by answering true; else it ends try_call(). */
extern bool (*volatile on_exception)(struct guest_frame *frame, u32 vector);

/* fn(@arg), or as far as its first exception: the vector, or NO_FAULT. */
u32 try_call(void (*fn)(u64 arg), u64 arg);

/* The @n bytes at @code in user mode, and UD2 behind them: VECTOR_UD if none of them faults. */
u32 try_user(const void *code, u32 n);

void user_init(void);
void test_events(void);
void test_debug(void);
void test_user(void);
void test_xsave(void);
void test_code(void);
void test_tsc(void);

#endif
