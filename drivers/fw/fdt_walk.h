/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devicetree reader from the inside: one walk over the structure block (Devicetree
 * Specification v0.4, 5.4), which keeps the path to the current node and that node's known
 * properties. A node is handed to its reader when its last property has been seen.
 */
#ifndef BULKHEAD_DRIVERS_FW_FDT_WALK_H
#define BULKHEAD_DRIVERS_FW_FDT_WALK_H

#include <bulkhead/fw/devices.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

/* The header of version 17 (5.2), and how deep nodes may be nested. */
#define FDT_V17_HEADER 40U
#define FDT_DEPTH_MAX 16U

/* In the order of their names, among which they are looked for. */
enum fdt_prop_id {
	PROP_ADDRESS_CELLS,
	PROP_GLOBAL_INTERRUPTS,
	PROP_INTERRUPT_CELLS,
	PROP_IOMMU_CELLS,
	PROP_REDIST_REGIONS,
	PROP_SIZE_CELLS,
	PROP_BOOTARGS,
	PROP_BUS_RANGE,
	PROP_CLOCK_FREQUENCY,
	PROP_COMPATIBLE,
	PROP_CPU_RELEASE_ADDR,
	PROP_DEVICE_TYPE,
	PROP_DMA_COHERENT,
	PROP_DMA_NONCOHERENT,
	PROP_ENABLE_METHOD,
	PROP_INTERRUPT_CONTROLLER,
	PROP_INTERRUPT_NAMES,
	PROP_INTERRUPT_PARENT,
	PROP_INTERRUPTS,
	PROP_INTERRUPTS_EXTENDED,
	PROP_IOMMU_MAP,
	PROP_IOMMU_MAP_MASK,
	PROP_IOMMUS,
	PROP_INITRD_END,
	PROP_INITRD_START,
	PROP_PCI_DOMAIN,
	PROP_METHOD,
	PROP_MODEL,
	PROP_MSI_MAP,
	PROP_MSI_MAP_MASK,
	PROP_PHANDLE,
	PROP_RANGES,
	PROP_REDIST_STRIDE,
	PROP_REG,
	PROP_REG_IO_WIDTH,
	PROP_REG_NAMES,
	PROP_REG_SHIFT,
	PROP_STATUS,
	PROP_STDOUT_PATH,
	PROP_STREAM_MATCH_MASK,
	PROP_COUNT
};

/* A property's value, inside the tree; NULL data: the node has no such property. */
struct fdt_prop {
	const u8 *data;
	u32 size;
};

/* Interrupt controllers that may be named by phandle, and interrupts that wait for them. */
#define FDT_CONTROLLERS_MAX 32U
#define FDT_INTERRUPTS_MAX 64U
#define FDT_PATH_MAX 128U

/* Places in the strings block, from its start, whose names are remembered. */
#define FDT_NAMES 1024U

struct fdt_controller {
	u32 phandle;
	u32 cells;
	bool is_gic;
};

/*
 * An interrupt of a node, to be resolved after the walk: only then all controllers are known.
 * For interrupts-extended @parent is 0.
 */
struct fdt_interrupt {
	const char *node;
	struct fdt_prop spec;
	u32 parent;
	u32 index;
	u32 *intid;
};

/* The interrupts of a device, to be resolved after the walk; @parent as above. */
struct fdt_device_irqs {
	struct fdt_prop spec;
	u32 parent;
};

/* How an IOMMU is named: its phandle, cells of an id, and what masks ids of one cell. */
struct fdt_iommu {
	u32 phandle, cells, mask;
};

/* What stays of a node while its children are walked. */
struct fdt_level {
	const char *name;
	u32 address_cells; /* of the children's reg */
	u32 size_cells;
	u32 interrupt_parent; /* phandle, own or inherited; 0 none */
	bool live;            /* neither it nor what it is in is disabled */
	bool coherent;
	struct fdt_prop ranges;
};

/* /chosen, as it stands: for whoever fills the handoff. */
struct fdt_chosen {
	char bootargs[256];
	u64 initrd_start;
	u64 initrd_end; /* 0: none */
};

struct fdt_walk;

/* A reader of one kind of node. 0, or an error that was logged with the node's path. */
typedef int (*fdt_reader_t)(struct fdt_walk *w);

/* What a compatible was found to be. */
struct fdt_kind {
	struct fdt_prop compatible;
	fdt_reader_t read;   /* NULL: nobody reads it */
	bool registers_only; /* capable of no DMA */
};

struct fdt_walk {
	const void *fdt;
	const u8 *structure; /* its blocks, once the header was checked */
	const char *strings;
	u32 structure_size;
	u32 strings_size;
	struct machine *m;
	struct fdt_chosen *chosen;
	struct machine_devices *devices; /* NULL: nobody wants them */
	u32 depth;                       /* of the current node; the root has 0 */
	u32 node;                        /* its offset in the structure block */
	bool rooted;                     /* the root node has begun */
	bool inside;                     /* and has not ended */
	bool timer_seen;
	bool collecting; /* the current node may still have properties */
	struct fdt_level level[FDT_DEPTH_MAX];
	struct fdt_prop prop[PROP_COUNT];
	u64 have;           /* which of them the current node has */
	u8 name[FDT_NAMES]; /* enum fdt_prop_id, plus one; 0: nobody has asked yet */
	struct fdt_kind kind;
	char uart_path[MACHINE_UARTS_MAX][FDT_PATH_MAX];
	u32 uart_node[MACHINE_UARTS_MAX];
	struct fdt_prop stdout_path;
	u32 controller_count;
	struct fdt_controller controller[FDT_CONTROLLERS_MAX];
	u32 interrupt_count;
	struct fdt_interrupt interrupt[FDT_INTERRUPTS_MAX];
	struct fdt_iommu iommu[MACHINE_IOMMUS_MAX]; /* in the machine's order */
	u32 irqchip_phandle[MACHINE_IRQCHIPS_MAX];
	struct fdt_device_irqs device_irqs[MACHINE_DEVICES_MAX];
	struct fdt_prop device_iommus[MACHINE_DEVICES_MAX];
};

struct fdt_compatible {
	const char *name;
	fdt_reader_t read;
};

/* Logs "fdt: <path of the current node>: <message>" and returns BH_EINVAL. */
int fdt_bad(const struct fdt_walk *w, const char *fmt, ...) __printf(2, 3);

/*
 * Reads like fdt_read_machine(), /chosen into @chosen, and unless it is NULL the devices that can
 * be handed to partitions into @devices.
 */
int fdt_read(const void *fdt, size_t size, struct machine *m, struct fdt_chosen *chosen,
	     struct machine_devices *devices);

/* The name a property has in a tree. */
const char *fdt_prop_name(enum fdt_prop_id id);

/* Does the current node have the property? */
bool fdt_has(const struct fdt_walk *w, enum fdt_prop_id id);

/* Big-endian 32-bit cell @index of a value that has it. */
u32 fdt_cell(struct fdt_prop p, u32 index);

/*
 * A property of exactly one cell: its value, or @absent if the node lacks it. BH_EINVAL if it
 * has another size.
 */
int fdt_u32(const struct fdt_walk *w, enum fdt_prop_id id, u32 absent, u32 *out);

/* A number of one or two cells. */
int fdt_u64(const struct fdt_walk *w, enum fdt_prop_id id, u64 absent, u64 *out);

/* A property that is one terminated string, NULL if absent; BH_EINVAL if not terminated. */
int fdt_text(const struct fdt_walk *w, enum fdt_prop_id id, const char **out);

/* Place of @name in a list of strings, or BH_ENOENT; @list must end in a NUL to be searched. */
int fdt_list_find(struct fdt_prop list, const char *name);

/* Is one of the @count @names in the list? */
bool fdt_list_any(struct fdt_prop list, const char *const *names, u32 count);

/* How many ranges the current node's reg has; BH_EINVAL if it does not divide. 0 without reg. */
int fdt_reg_count(const struct fdt_walk *w, u32 *count);

/*
 * Range @index of reg as the CPU sees it, translated through the ranges of every bus above.
 * BH_ENOENT past the end; BH_EINVAL if the range wraps or a bus does not map all of it.
 */
int fdt_reg(const struct fdt_walk *w, u32 index, struct machine_range *out);

/* The same for a range that must be there and not be empty. */
int fdt_reg_need(const struct fdt_walk *w, u32 index, const char *what, struct machine_range *out);

/*
 * The first window of kind @kind of the current node, a PCI host. Size 0 if it has none; BH_EINVAL
 * if ranges is malformed or the window wraps.
 */
int fdt_pci_window(const struct fdt_walk *w, enum machine_window_kind kind,
		   struct machine_window *out);

/*
 * Remembers that interrupt @index of the current node belongs into @intid, as a GIC's INTID: 0
 * stays there when there is none or its controller is no GIC. BH_EINVAL if @index is beyond what
 * any binding names.
 */
int fdt_interrupt(struct fdt_walk *w, u32 index, u32 *intid);

/* The same by its place in interrupt-names; nothing when the name is not there. */
int fdt_interrupt_named(struct fdt_walk *w, const char *name, u32 *intid);

/* Notes the current node if it is an interrupt controller. */
int fdt_controller_note(struct fdt_walk *w);

/* The controller with @phandle that was noted; NULL if there is none. */
const struct fdt_controller *fdt_controller_find(const struct fdt_walk *w, u32 phandle);

/* INTID of a GIC's interrupt of @type and @number; BH_EINVAL if there is no such interrupt. */
int fdt_gic_intid(u32 type, u32 number, u32 *intid);

/*
 * What the compatible of the current node is, until the next call; NULL if it does not end in a
 * NUL. Many nodes in a row are alike: they are looked for once.
 */
const struct fdt_kind *fdt_kind(struct fdt_walk *w);

/* Does @compatible name a binding without DMA? (fdt_assign.c) */
bool fdt_registers_only(struct fdt_prop compatible);

/* Notes the current node if it is a device that could be handed over (fdt_assign.c). */
void fdt_device_note(struct fdt_walk *w);

/* After the walk: the interrupts of the devices that were noted. */
void fdt_devices_resolve(struct fdt_walk *w);

/* After the walk: fills in what fdt_interrupt() remembered. */
int fdt_interrupts_resolve(struct fdt_walk *w);

/*
 * Path of the current node, as far as it fits, its end rather than its begin; printable. Returns
 * its length.
 */
size_t fdt_path_text(const struct fdt_walk *w, char *buf, u32 size);

/* Is @name among the strings of the current node's compatible, which was checked? */
bool fdt_compatible_with(const struct fdt_walk *w, const char *name);

/* Readers by place in the tree (fdt_system.c). */
int fdt_read_root(struct fdt_walk *w);
int fdt_read_cpu(struct fdt_walk *w);
int fdt_read_memory(struct fdt_walk *w);
int fdt_read_reserved(struct fdt_walk *w);
int fdt_read_memreserve(struct fdt_walk *w);
int fdt_read_chosen(struct fdt_walk *w);

/* Readers by compatible, ended by an entry without name (fdt_device.c, fdt_uart.c). */
extern const struct fdt_compatible fdt_devices[];
extern const struct fdt_compatible fdt_uarts[];

/* After the walk: marks the UART that stdout-path names. */
void fdt_find_console(struct fdt_walk *w);

/* The maps of the current node, a PCI host bridge; targets are phandles until they are resolved. */
int fdt_id_maps(struct fdt_walk *w, u16 segment);

/* After the walk: a map to what is not there is forgotten. */
void fdt_id_maps_resolve(struct fdt_walk *w);

#endif
