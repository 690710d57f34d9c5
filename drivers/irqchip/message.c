// SPDX-License-Identifier: Apache-2.0
/* Whoever delivers messages, and who gives it memory: bulkhead/irqchip/message.h. */
#include <bulkhead/base/log.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>

static const struct message_ops *controller;
static void *(*memory_from)(u64 size, u64 align);

int message_controller_set(const struct message_ops *ops)
{
	if (controller != NULL) {
		log_error("messages by %s: refused, %s is in charge already", ops->name,
			  controller->name);
		return trace_error(BH_EEXIST);
	}
	controller = ops;
	return 0;
}

const struct message_ops *message_controller(void)
{
	return controller;
}

void message_memory_set(void *(*fn)(u64 size, u64 align))
{
	memory_from = fn;
}

void *message_memory(u64 size, u64 align)
{
	return memory_from == NULL ? NULL : memory_from(size, align);
}

int message_open(const struct message_source *s, u32 count)
{
	if (controller == NULL)
		return BH_ENODEV;
	return controller->open(s, count);
}

int message_take(struct message_irq *m)
{
	m->count = 0;
	return controller->take(m);
}

int message_enable(struct message_irq *m, bool on)
{
	return controller->enable(m, on);
}

int message_route(struct message_irq *m, u32 cpu)
{
	return controller->route(m, cpu);
}

int message_release(struct message_irq *m)
{
	return controller->release(m);
}

void message_of(const struct message_irq *m, struct message *out)
{
	controller->message(m, out);
}

int message_doorbell(const struct message_source *s, hpa_t *page)
{
	if (controller == NULL || controller->doorbell == NULL)
		return BH_ENOENT;
	return controller->doorbell(s, page);
}
