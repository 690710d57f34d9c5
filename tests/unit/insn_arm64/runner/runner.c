// SPDX-License-Identifier: Apache-2.0
/*
 * Executes A64 loads and stores: records of struct runner_in on standard input, of struct
 * runner_out on standard output. Each instruction has a slot of its own, so that all registers are
 * its to use: x30 is loaded in the slot, and saved through TPIDR_EL0 behind it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runner.h"

#define SLOTS 0x4000000UL /* within reach of a branch */
#define SLOT_SIZE 32U
#define LDR_X30_16 0x5800009eU /* ldr x30, slot + 16 */
#define B 0x14000000U

struct frame {
	uint64_t x[32];
	uint8_t v[32][16];
	uint64_t stack, thread;
};

_Static_assert(offsetof(struct frame, v) == 256 && offsetof(struct frame, stack) == 768, "asm");

extern struct frame frame;
struct frame frame;
void run(struct frame *f, const void *slot);
void back(void);

static struct runner_in in[RUNNER_BATCH];
static sigjmp_buf escape;

__asm__(".macro vectors op\n"
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	\\op	q\\n, [x0, #\\n * 16]\n"
	".endr\n"
	".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	\\op	q\\n, [x0, #\\n * 16]\n"
	".endr\n"
	".endm\n"
	"	.text\n"
	"	.global	run, back\n"
	"run:\n"
	"	stp	x29, x30, [sp, #-160]!\n"
	"	stp	x19, x20, [sp, #16]\n"
	"	stp	x21, x22, [sp, #32]\n"
	"	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n"
	"	stp	x27, x28, [sp, #80]\n"
	"	stp	d8, d9, [sp, #96]\n"
	"	stp	d10, d11, [sp, #112]\n"
	"	stp	d12, d13, [sp, #128]\n"
	"	stp	d14, d15, [sp, #144]\n"
	"	mov	x2, sp\n"
	"	mrs	x3, tpidr_el0\n"
	"	str	x2, [x0, #768]\n"
	"	str	x3, [x0, #776]\n"
	"	ldr	x2, [x0, #248]\n"
	"	mov	sp, x2\n"
	"	mov	x30, x1\n"
	"	add	x0, x0, #256\n"
	"	vectors	ldr\n"
	"	sub	x0, x0, #256\n"
	"	ldp	x2, x3, [x0, #16]\n"
	"	ldp	x4, x5, [x0, #32]\n"
	"	ldp	x6, x7, [x0, #48]\n"
	"	ldp	x8, x9, [x0, #64]\n"
	"	ldp	x10, x11, [x0, #80]\n"
	"	ldp	x12, x13, [x0, #96]\n"
	"	ldp	x14, x15, [x0, #112]\n"
	"	ldp	x16, x17, [x0, #128]\n"
	"	ldp	x18, x19, [x0, #144]\n"
	"	ldp	x20, x21, [x0, #160]\n"
	"	ldp	x22, x23, [x0, #176]\n"
	"	ldp	x24, x25, [x0, #192]\n"
	"	ldp	x26, x27, [x0, #208]\n"
	"	ldp	x28, x29, [x0, #224]\n"
	"	ldp	x0, x1, [x0]\n"
	"	br	x30\n"
	"back:\n"
	"	msr	tpidr_el0, x30\n"
	"	ldr	x30, =frame\n"
	"	stp	x0, x1, [x30]\n"
	"	stp	x2, x3, [x30, #16]\n"
	"	stp	x4, x5, [x30, #32]\n"
	"	stp	x6, x7, [x30, #48]\n"
	"	stp	x8, x9, [x30, #64]\n"
	"	stp	x10, x11, [x30, #80]\n"
	"	stp	x12, x13, [x30, #96]\n"
	"	stp	x14, x15, [x30, #112]\n"
	"	stp	x16, x17, [x30, #128]\n"
	"	stp	x18, x19, [x30, #144]\n"
	"	stp	x20, x21, [x30, #160]\n"
	"	stp	x22, x23, [x30, #176]\n"
	"	stp	x24, x25, [x30, #192]\n"
	"	stp	x26, x27, [x30, #208]\n"
	"	stp	x28, x29, [x30, #224]\n"
	"	mrs	x1, tpidr_el0\n"
	"	mov	x2, sp\n"
	"	stp	x1, x2, [x30, #240]\n"
	"	add	x0, x30, #256\n"
	"	vectors	str\n"
	"	ldr	x2, [x30, #768]\n"
	"	ldr	x3, [x30, #776]\n"
	"	mov	sp, x2\n"
	"	msr	tpidr_el0, x3\n"
	"	ldp	x19, x20, [sp, #16]\n"
	"	ldp	x21, x22, [sp, #32]\n"
	"	ldp	x23, x24, [sp, #48]\n"
	"	ldp	x25, x26, [sp, #64]\n"
	"	ldp	x27, x28, [sp, #80]\n"
	"	ldp	d8, d9, [sp, #96]\n"
	"	ldp	d10, d11, [sp, #112]\n"
	"	ldp	d12, d13, [sp, #128]\n"
	"	ldp	d14, d15, [sp, #144]\n"
	"	ldp	x29, x30, [sp], #160\n"
	"	ret\n"
	"	.ltorg\n");

static void on_signal(int number)
{
	siglongjmp(escape, number);
}

static void catch_faults(void)
{
	static uint8_t stack[65536];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

static void map(uint64_t at, size_t size, int protection)
{
	void *want = (void *)at;

	if (mmap(want, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != want)
		exit(2);
}

static void write_slots(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t *slot = (uint32_t *)(SLOTS + i * SLOT_SIZE);

		slot[0] = LDR_X30_16;
		slot[1] = in[i].word;
		slot[2] = B |
			  ((uint32_t)(((uintptr_t)back - (uintptr_t)&slot[2]) >> 2) & 0x3ffffffU);
		memcpy(&slot[4], &in[i].x[30], 8);
	}
	__builtin___clear_cache((char *)SLOTS, (char *)(SLOTS + count * SLOT_SIZE));
}

static void execute(size_t i)
{
	static struct runner_out out;
	uint8_t *data = (uint8_t *)RUNNER_DATA;

	memcpy(frame.x, in[i].x, sizeof(frame.x));
	for (uint32_t r = 0; r < 32U; r++) {
		for (uint32_t b = 0; b < 16U; b++)
			frame.v[r][b] = runner_vector_byte(r, b);
	}
	for (uint32_t b = 0; b < RUNNER_WINDOW; b++)
		data[b] = runner_data_byte(b);
	out.signal = (uint64_t)sigsetjmp(escape, 1);
	if (out.signal == 0U)
		run(&frame, (void *)(SLOTS + i * SLOT_SIZE));
	memcpy(out.x, frame.x, sizeof(out.x));
	memcpy(out.v, frame.v, sizeof(out.v));
	memcpy(out.data, data, sizeof(out.data));
	if (fwrite(&out, sizeof(out), 1, stdout) != 1U)
		exit(3);
}

int main(void)
{
	const size_t count = fread(in, sizeof(in[0]), RUNNER_BATCH, stdin);

	map(SLOTS, (size_t)RUNNER_BATCH * SLOT_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(RUNNER_DATA, 4096, PROT_READ | PROT_WRITE);
	catch_faults();
	write_slots(count);
	for (size_t i = 0; i < count; i++)
		execute(i);
	return 0;
}
