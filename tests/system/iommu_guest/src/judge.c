// SPDX-License-Identifier: Apache-2.0
/*
 * Three acts. Attacks on everything that is not the owner's, by one device after the other: each
 * must be refused, reported with the right device, and change nothing. A page that comes and goes:
 * reached while it is mapped, not once the ticket is done. The owner stopped in the middle of a
 * transfer: nothing arrives any more, and its devices are as boot found them.
 */
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>
#include <bulkhead/pcie/regs.h>
#include <bulkhead/vm/msi.h>

#include "image.h"
#include "program.h"

#define WORDS (PAGE_SIZE / sizeof(u64))

enum act { ATTACKS, GOOD, SPOOF, PAGE_ON, PAGE_OFF, KILL, ACTS };

static u32 rounds = 8; /* or what the command line says */
static u32 kills = 20;
static bool bad;

static enum act act;
static u64 messages, message_ticks;
static u32 round_now, killed, ticks;
static struct attacker *now = &attackers[0];
static u32 config_crc[ATTACKERS], stopped_crc;
static gpa_t buffer;
static u64 address;
static bool to_memory;
static u32 neighbour_crc, tables_crc;
static u64 *page;
static hpa_t page_base;
static struct region page_region;

static struct {
	u32 ours, others; /* of the transfer under way; of anybody else, or elsewhere */
	u64 all, nobodys;
} seen;

static void check(bool good, const char *what, u64 found)
{
	if (good)
		return;
	bad = true;
	log_error("test: %s: found 0x%llx, transfer at 0x%llx", what, (unsigned long long)found,
		  (unsigned long long)address);
}

/* QEMU's AMD-Vi records no fault, and lets every message through. */
static bool recorded(void)
{
	return machine.iommu[0].kind != IOMMU_AMDVI;
}

static u32 number(const char *c, u32 otherwise)
{
	u32 n = 0;

	for (; *c >= '0' && *c <= '9'; c++)
		n = n * 10U + (u32)(*c - '0');
	return n == 0U ? otherwise : n;
}

static int command_line(void)
{
	if (strncmp(handoff.cmdline, "rounds=", 7) == 0)
		rounds = number(handoff.cmdline + 7, rounds);
	kills = rounds / 500U > kills ? rounds / 500U : kills;
	return 0;
}
UNIT_DEFINE(iommu_guest_command, 8, 40, command_line);

/* ---- what must not change ---- */

static u32 neighbour_sum(void)
{
	return crc32(0, partitions[NEIGHBOUR]->window[0] + place.unused, RAM_SIZE - place.unused);
}

/* Root and first tables of the owner's stage 2 and of its domain. */
static u32 tables_sum(void)
{
	return crc32(0, partitions[OWNER]->s2.pool.words, PAGE_SIZE * 2U) ^
	       crc32(0, partition_domain(partitions[OWNER])->pool.words, PAGE_SIZE * 2U);
}

/* The addresses the device is sent to, by round; none is the owner's own. */
static u64 attacked(u32 n)
{
	const struct partition *o = partitions[OWNER];
	const u64 offset = (u64)(n / 16U % 64U) * PAGE_SIZE;
	u64 to[PLACES_MAX + 16U];
	u32 count = place_targets(to, offset);
	const u64 places[] = {
		partitions[NEIGHBOUR]->ram[0].base.v + offset,
		image_target(n, place.ram[OWNER], RAM_SIZE),
		o->s2.pt.root,
		partition_domain(o)->pt.root,
		attackers[0].base.v + 0x80U,
		attackers[3].base.v,
		machine.iommu[0].base.v,
		machine.irqchip[0].base.v,
		o->ram[0].base.v + offset,
		place.ram[OWNER] + RAM_SIZE,
		place.page + offset,
		0xfffffff000ULL,
	};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++, count++)
		to[count] = places[i];
	return to[n % count];
}

/* ---- a clean device ---- */

#define NVME_CC 0x14U
#define NVME_CSTS 0x1cU
#define VIRTIO_STATUS 0x14U
#define CONFIG_BYTES 4096U
#define BUFFER_BYTES MIB(1)
#define BUFFER_STEP 0xfff8ULL
#define OWNER_SUM MIB(1) /* all that its program uses */

static u32 config_sum(const struct attacker *a)
{
	u32 sum = 0;

	for (u32 i = 0; i < CONFIG_BYTES; i += 4U) {
		const u32 v = pci_config_read(a->f->sbdf, i, 4);

		sum = crc32(sum, &v, sizeof(v));
	}
	return sum;
}

void judge_open(void)
{
	check(image_open(), "pages of the image", 0);
	check(figures_open(), "a message of a port", 0);
	for (u32 i = 0; i < ATTACKERS; i++) {
		config_crc[i] = config_sum(&attackers[i]);
		attackers[i].registers = mmu_map(attackers[i].base, PAGE_SIZE, MMU_DEVICE);
		check(attackers[i].registers != NULL, "registers not mapped", i);
		if (attackers[i].kind != KIND_NVME)
			continue;
		attackers[i].memory =
			mmu_map(attackers[i].f->bar[2].base, BUFFER_BYTES, MMU_DEVICE);
		check(attackers[i].memory != NULL, "controller memory buffer not mapped", i);
	}
}

static u32 owner_sum(void)
{
	return crc32(0, partitions[OWNER]->window[0] + place.program, OWNER_SUM);
}

/* From here on nothing of what its devices had under way may arrive. */
void judge_stopped(void)
{
	stopped_crc = owner_sum();
}

/* A guest leaves something in the device's own memory; while that decodes. */
static void memory_fill(const struct attacker *a)
{
	for (u64 i = 0; a->memory != NULL && i < BUFFER_BYTES; i += BUFFER_STEP)
		mmio_write64(a->memory + i, PATTERN);
}

static void memory_check(const struct attacker *a)
{
	for (u64 i = 0; a->memory != NULL && i < BUFFER_BYTES; i += BUFFER_STEP)
		check(mmio_read64(a->memory + i) == 0U, "controller memory buffer",
		      mmio_read64(a->memory + i));
}

/* What its guest had set up is gone. */
static void registers_check(const struct attacker *a)
{
	const pci_sbdf_t f = a->f->sbdf;
	const u32 command = pci_config_read(f, PCI_COMMAND, 2);

	pci_config_write(f, PCI_COMMAND, 2, command | PCI_COMMAND_MEMORY);
	/* Enabled or ready; where its queues were QEMU does not forget. */
	if (a->kind == KIND_NVME)
		check(((mmio_read32(a->registers + NVME_CC) |
			mmio_read32(a->registers + NVME_CSTS)) &
		       1U) == 0U,
		      "nvme is still at work", mmio_read32(a->registers + NVME_CSTS));
	if (a->kind == KIND_VIRTIO && !a->no_reset)
		check(mmio_read8(a->registers + VIRTIO_STATUS) == 0U, "virtio is still set up",
		      mmio_read8(a->registers + VIRTIO_STATUS));
	memory_check(a);
	pci_config_write(f, PCI_COMMAND, 2, command);
}

static void devices_check(void)
{
	for (u32 i = 0; i < ATTACKERS; i++) {
		/* Where nothing resets it, its interrupt stays asserted. */
		check((attackers[i].kind == KIND_VIRTIO && attackers[i].no_reset) ||
			      config_sum(&attackers[i]) == config_crc[i],
		      "configuration space of device", i);
		registers_check(&attackers[i]);
	}
}

/* ---- what the owner is told to do ---- */

static void next_decide(void)
{
	seen.ours = 0;
	seen.others = 0;
	now = &attackers[act == ATTACKS || act == GOOD ? round_now / 3U % ATTACKERS
			 : act == KILL                 ? killed % ATTACKERS
						       : 0U];
	switch (act) {
	case ATTACKS:
		address = attacked(round_now);
		to_memory = round_now % 3U != 2U || now->kind == KIND_VIRTIO;
		if (now->kind == KIND_NVME)
			address = address == 0U ? place.ram[OWNER] - PAGE_SIZE
						: ALIGN_DOWN(address, PAGE_SIZE);
		check(!range_overlaps(address, 1, place.ram[OWNER], RAM_SIZE),
		      "a target of his own", round_now);
		break;
	case GOOD:
	case KILL:
		address = buffer.v;
		to_memory = true;
		break;
	case SPOOF:
		address = place.forged;
		to_memory = true;
		messages = msi_bind_count(attackers[0].f->sbdf);
		break;
	default:
		address = place.page;
		to_memory = true;
		break;
	}
}

u64 judge_next(u32 reg)
{
	switch (reg) {
	case DEVICE_BASE_OF:
		return now->base.v;
	case DEVICE_KIND:
		return now->kind;
	case DEVICE_HOW:
		return (to_memory ? HOW_TO_MEMORY : 0U) | (act == KILL ? HOW_LEAVE : 0U) |
		       (act == SPOOF ? HOW_WORD : 0U) | (now->no_reset ? HOW_SOILED : 0U);
	default:
		next_decide();
		return address;
	}
}

void judge_buffer(gpa_t at)
{
	buffer = at;
	if (neighbour_crc == 0U) {
		neighbour_crc = neighbour_sum();
		tables_crc = tables_sum();
	}
}

void judge_fault(const struct iommu_fault *f, const struct iommu_device *dev)
{
	const bool his = dev != NULL && dev->owner == OWNER && strcmp(dev->name, now->path) == 0;
	/* QEMU's devices do not say who they are when they write to a local APIC. */
	const bool forged = act == SPOOF && place.forged_reported && dev == NULL;
	const bool there = f->write == to_memory &&
			   ALIGN_DOWN(f->addr.v, PAGE_SIZE) == ALIGN_DOWN(address, PAGE_SIZE);
	/* One that is stopped may be refused its queues as well; a message has no address. */
	const bool ours = forged || (his && (there || act == KILL || act == SPOOF));

	seen.ours += ours ? 1U : 0U;
	seen.others += ours ? 0U : 1U;
	seen.all += dev != NULL ? 1U : 0U;
	seen.nobodys += forged ? 1U : 0U;
	fault_sink(f, dev);
}

/* ---- messages ---- */

u64 judge_messages_bind(void)
{
	const pci_sbdf_t edu = attackers[0].f->sbdf;
	u32 vectors = 0;
	bool more;

	if (!recorded())
		return 0;
	check(msi_offer(edu, &vectors) == MSI_PLAIN && vectors == 1U, "vectors", vectors);
	messages = msi_bind_count(edu);
	msi_bind(edu, 0, place.doorbell, place.message);
	msi_bind_enable(edu, true);
	do {
		more = msi_bind_step(edu);
	} while (more);
	return attackers[0].base.v;
}

void judge_message_ticks(u64 fastest)
{
	message_ticks = fastest;
}

void judge_messages(u64 taken)
{
	check(taken == MESSAGES, "messages taken", taken);
	check(msi_bind_count(attackers[0].f->sbdf) - messages == MESSAGES, "messages given",
	      messages);
}

/* ---- act two: a page that comes and goes ---- */

static int page_make(void)
{
	int err = frame_alloc(PAGE_SIZE, PAGE_SIZE, &page_base);

	if (err == 0)
		err = region_init(&page_region, "page", page_base, PAGE_SIZE, NULL, 0);
	page = err == 0 ? mmu_map(page_base, PAGE_SIZE, MMU_RAM_RW) : NULL;
	return page == NULL ? BH_ENOMEM : 0;
}
UNIT_DEFINE(iommu_guest_page, 8, 45, page_make);

static u64 page_words(u64 value)
{
	u64 n = 0;

	for (u32 i = 0; i < WORDS; i++)
		n += ((volatile u64 *)page)[i] == value ? 1U : 0U;
	return n;
}

static void page_put(void)
{
	memset(page, 0, PAGE_SIZE);
	check(iommu_map(partition_domain(partitions[OWNER]), IOVA(place.page), &page_region, 0,
			PAGE_SIZE, PT_R | PT_W) == 0,
	      "page is not mapped", 0);
}

static void page_take(void)
{
	struct iommu_ticket t;

	iommu_ticket_init(&t, partition_domain(partitions[OWNER]));
	check(iommu_unmap(t.d, IOVA(place.page), PAGE_SIZE, &page_region, &t) == 0,
	      "page is not unmapped", 0);
	iommu_ticket_wait(&t);
	memset(page, 0, PAGE_SIZE);
}

/* ---- the verdicts ---- */

static void refused(const char *what)
{
	(void)iommu_faults_take(256);
	check(seen.ours != 0U || !recorded(), what, seen.ours);
	check(partitions[OWNER]->health[HEALTH_DMA] == seen.all, "faults held against the owner",
	      partitions[OWNER]->health[HEALTH_DMA]);
	check(seen.others == 0U, "fault of another", seen.others);
	check(image_changed(ALIGN_DOWN(address, PAGE_SIZE)) == 0U, what, address);
}

static void end(void)
{
	check(image_changed(IMAGE_WHOLE) == 0U, "Bulkhead's image", round_now);
	check(neighbour_sum() == neighbour_crc, "neighbour's memory", neighbour_sum());
	check(tables_sum() == tables_crc, "page tables", tables_sum());
	check(iommu_fault_count_unowned() == seen.nobodys, "faults of nobody",
	      iommu_fault_count_unowned());
	log_info("a message takes %llu ticks", (unsigned long long)message_ticks);
	log_info("%u rounds, %u stops, %llu faults", round_now, killed,
		 (unsigned long long)seen.all);
	log_info("result: %s", bad ? "failed" : "passed");
	log_drain();
	firmware_sim_exit(bad ? 1U : 0U);
}

/* Every eighth round has all of them. */
static void act_next(void)
{
	round_now++;
	if (act == PAGE_ON)
		act = PAGE_OFF;
	else if (act == PAGE_OFF)
		act = KILL;
	else if (round_now % 8U == 7U)
		act = GOOD;
	else if (act == GOOD && round_now % 64U == 8U) {
		page_put();
		act = PAGE_ON;
	} else if (round_now % 32U == 26U && recorded()) {
		act = SPOOF;
	} else {
		act = ATTACKS;
	}
	if (act == ATTACKS && round_now % 32U == 20U)
		act = KILL;
	if (act == KILL && killed == kills)
		act = ATTACKS;
}

enum trap_result judge_done(u64 word)
{
	switch (act) {
	case ATTACKS:
		refused("attack not reported");
		break;
	case GOOD:
		check(now->kind == KIND_EDU    ? word == PATTERN
		      : now->kind == KIND_NVME ? (u16)word == (u16)now->id
					       : word != 0U,
		      "own memory not reached", word);
		check(seen.ours + seen.others == 0U, "fault at own memory", seen.ours);
		memset(partitions[OWNER]->window[0] + (buffer.v - place.ram[OWNER]), 0, PAGE_SIZE);
		break;
	case SPOOF:
		(void)iommu_faults_take(256);
		check((seen.ours != 0U) == place.forged_reported, "forged message", seen.ours);
		check(seen.others == 0U, "fault of another", seen.others);
		check(msi_bind_count(now->f->sbdf) == messages, "forged message", messages);
		break;
	case PAGE_ON:
		check(page_words(PATTERN) == 8U, "mapped page not reached", page_words(PATTERN));
		page_take();
		break;
	case PAGE_OFF:
		refused("unmapped page not reported");
		check(page_words(0) == WORDS, "unmapped page reached", page_words(0));
		break;
	default:
		check(false, "owner went on", 0);
		break;
	}
	/* Not while the page of the second act is there. */
	if (round_now >= rounds && act != PAGE_ON)
		end();
	act_next();
	return TRAP_RESUME;
}

enum trap_result judge_begun(void)
{
	for (u32 i = 0; i < ATTACKERS; i++)
		memory_fill(&attackers[i]);
	partition_ask(partitions[OWNER], WISH_STOP);
	return TRAP_PARK;
}

/* The functions master no more, and their ids reach nothing: what comes of them goes nowhere. */
void judge_tick(void)
{
	struct partition *o = partitions[OWNER];

	if (act != KILL || __atomic_load_n(&o->state, __ATOMIC_SEQ_CST) != PARTITION_OFF)
		return;
	/* Two ticks are longer than a transfer. */
	ticks++;
	if (ticks < 2U)
		return;
	ticks = 0;
	check(seen.others == 0U, "fault of another", seen.others);
	check(owner_sum() == stopped_crc, "memory of a stopped partition", owner_sum());
	devices_check();
	if (killed == 0U && !attackers[2].no_reset)
		check(figures_show(), "a reset or a message", 0);
	killed++;
	act_next();
	partition_ask(o, WISH_START);
}
