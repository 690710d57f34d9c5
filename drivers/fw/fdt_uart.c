// SPDX-License-Identifier: Apache-2.0
/* UART nodes. */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"
#include "machine_build.h"

/* What a binding fixes, and where its reg-shift and reg-io-width count. */
struct uart_binding {
	enum uart_kind kind;
	u32 reg_shift;
	u32 reg_width;
};

static int read_uart(struct fdt_walk *w, const struct uart_binding *b)
{
	struct machine_range r;
	struct machine_uart *u;
	u32 shift, width, clock;
	int err;

	/* On an ISA bus: reached by ports, which machines with ACPI have. */
	if (w->depth > 1U && strncmp(w->level[w->depth - 1U].name, "isa", 3) == 0) {
		return 0;
	}
	err = fdt_reg_need(w, 0, "registers", &r);

	if (err == 0) {
		err = fdt_u32(w, PROP_REG_SHIFT, b->reg_shift, &shift);
	}
	if (err == 0) {
		err = fdt_u32(w, PROP_REG_IO_WIDTH, b->reg_width, &width);
	}
	if (err == 0) {
		err = fdt_u32(w, PROP_CLOCK_FREQUENCY, 0, &clock);
	}
	if (err != 0) {
		return err;
	}
	if (shift > 3U || (width != 1U && width != 2U && width != 4U)) {
		return fdt_bad(w, "reg-shift %u, reg-io-width %u; expected 0 to 3 and 1, 2 or 4",
			       shift, width);
	}
	u = machine_add_uart(w->m, b->kind, r.base.v);
	if (u == NULL) {
		return 0;
	}
	w->uart_node[u - w->m->uart] = w->node;
	(void)fdt_path_text(w, w->uart_path[u - w->m->uart], FDT_PATH_MAX);
	u->size = r.size;
	u->clock_hz = clock;
	u->reg_shift = (u8)shift;
	u->reg_width = (u8)width;
	return fdt_interrupt(w, 0, &u->irq);
}

#define UART_READER(name, uart_kind, shift, width)                                            \
	static int read_##name(struct fdt_walk *w)                                            \
	{                                                                                     \
		return read_uart(w, &(const struct uart_binding){ uart_kind, shift, width }); \
	}

UART_READER(pl011, UART_PL011, 2, 4)
UART_READER(16550, UART_16550_MMIO, 0, 1)
UART_READER(imx, UART_IMX, 2, 4)
UART_READER(cadence, UART_CADENCE, 2, 4)
UART_READER(bcm_mini, UART_BCM_MINI, 2, 4)

const struct fdt_compatible fdt_uarts[] = {
	{ "arm,pl011", read_pl011 },
	{ "arm,sbsa-uart", read_pl011 },
	{ "ns16550a", read_16550 },
	{ "ns16550", read_16550 },
	{ "snps,dw-apb-uart", read_16550 },
	{ "fsl,imx6q-uart", read_imx },
	{ "fsl,imx8mq-uart", read_imx },
	{ "fsl,imx8mp-uart", read_imx },
	{ "fsl,imx21-uart", read_imx },
	{ "cdns,uart-r1p8", read_cadence },
	{ "cdns,uart-r1p12", read_cadence },
	{ "xlnx,xuartps", read_cadence },
	{ "brcm,bcm2835-aux-uart", read_bcm_mini },
	{ NULL, NULL },
};
