// SPDX-License-Identifier: Apache-2.0
/* Sends back what it gets on its first channel, as soon as the bell of any rings. */
#include <abi/channel.h>
#include <abi/ucall.h>

#include "../../../guest/guest.h"

#define CHANNELS 3U

static struct channel channel;
static u32 bell;
static volatile u32 rings;

static void on_bell(u32 intid)
{
	u8 bytes[128];
	int n;

	(void)intid;
	rings++;
	for (u32 i = 0; i < 64U; i++) {
		n = channel_receive(&channel, bytes, sizeof(bytes));
		if (n < 0)
			break;
		(void)channel_send(&channel, bytes, (u32)n);
	}
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_BELL, bell, 0, 0, 0);
}

/* Behind the instruction, which read where nothing is. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_IRQ)
		guest_irq_take();
	else
		frame->pc += 4U;
}

void guest_main(uintptr_t info)
{
	const u32 node = guest_node("bulkhead,channel", 0);
	u32 length;
	u64 base, size;

	(void)info;
	guest_check(guest_reg(node, 0, &base, &size));
	channel_open(&channel, (void *)(uintptr_t)base, size,
		     guest_be32(guest_property(node, "bulkhead,end", &length), 0));
	bell = guest_be32(guest_property(node, "bulkhead,bell", &length), 0);
	guest_irq_init();
	for (u32 i = 0; i < CHANNELS; i++)
		guest_irq_enable(guest_intid(guest_node("bulkhead,channel", i)), true, on_bell);
	(void)*(volatile u32 *)0x50000000UL;
	guest_printf("peer: ready\n");
	for (;;) {
		guest_irq_wait();
		guest_irq_on();
		guest_irq_off();
	}
}
