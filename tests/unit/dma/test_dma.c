// SPDX-License-Identifier: Apache-2.0
/* What a partition's domain holds, with an IOMMU that only takes notes (BH-IOMMU-006). */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "core/vm/dma.c"

#define RAM 0x40000000ULL
#define SHARED 0x50000000ULL
#define UNIT_BASE HPA(0xfed90000ULL)
#define NOTES 8U

struct partition *partitions[PARTITIONS_MAX];
struct machine machine;

static struct {
	u64 iova, pa, size;
	u32 attr;
} note[NOTES];
static u32 notes, promise_count;
static struct machine_dma promise[NOTES];
static struct iommu_device taken;
static struct region shared_region;
static u8 memory[PAGE_SIZE] __aligned(16);
static u64 quota;

static int note_add(u64 iova, u64 pa, u64 size, u32 attr)
{
	assert_true(notes < NOTES);
	note[notes].iova = iova;
	note[notes].pa = pa;
	note[notes].size = size;
	note[notes].attr = attr;
	notes++;
	return 0;
}

int iommu_format(u32 in_bits, bool pages_only, struct pt_format *out)
{
	return pt_format_init(out, PT_VTD, in_bits, 52, pages_only ? PT_F_PAGES_ONLY : 0U);
}

int iommu_domain_init(struct iommu_domain *d, u32 owner __unused, const char *name __unused,
		      u32 in_bits __unused, u64 tables, bool pages_only __unused)
{
	memset(d, 0, sizeof(*d));
	quota = tables;
	return 0;
}

int iommu_map(struct iommu_domain *d __unused, iova_t iova, struct region *r, u64 offset, u64 size,
	      u32 rights)
{
	return note_add(iova.v, r->base.v + offset, size, rights);
}

int iommu_map_at(struct iommu_domain *d __unused, iova_t iova, hpa_t pa, u64 size, u32 attr)
{
	return iova.v >> 40 != 0U ? BH_ERANGE : note_add(iova.v, pa.v, size, attr);
}

int iommu_query(struct iommu_domain *d __unused, iova_t iova, struct pt_leaf *out __unused)
{
	for (u32 i = 0; i < notes; i++) {
		if (iova.v - note[i].iova < note[i].size)
			return 0;
	}
	return BH_ENOENT;
}

int iommu_device_take(hpa_t unit, u32 stream, const char *name, u32 owner, const char *partition,
		      struct iommu_device **out)
{
	assert_int_equal(unit.v, UNIT_BASE.v);
	taken = (struct iommu_device){
		.name = name, .stream = stream, .owner = owner, .partition = partition
	};
	*out = &taken;
	return 0;
}

const struct machine_dma *iommu_device_memory(const struct iommu_device *dev, u32 n)
{
	assert_ptr_equal(dev, &taken);
	return n < promise_count ? &promise[n] : NULL;
}

int iommu_attach(struct iommu_device *dev, struct iommu_domain *d)
{
	dev->domain = d;
	return 0;
}

int iommu_faults_listen(struct iommu_device *dev __unused, u32 cpu __unused)
{
	return 0;
}

void iommu_faults_step(void)
{
}

void iommu_faults_more_set(void (*fn)(void) __unused)
{
}

void alarm_handler_set(enum alarm a __unused, void (*fn)(void) __unused)
{
}

static u32 faults_left, alarms;

void alarm_set(enum alarm a, u64 at __unused)
{
	assert_int_equal(a, ALARM_FAULTS);
	alarms++;
}

u32 iommu_faults_take(u32 max)
{
	const u32 n = faults_left < max ? faults_left : max;

	faults_left -= n;
	return n;
}

iommu_fault_fn iommu_fault_sink_set(iommu_fault_fn fn __unused)
{
	return NULL;
}

void *partition_memory(const char *name __unused, u64 size)
{
	assert_true(size <= sizeof(memory));
	memset(memory, 0, sizeof(memory));
	return memory;
}

struct region *partition_region(u32 index __unused)
{
	return &shared_region;
}

void partition_part_add(struct partition_part *part __unused)
{
}

bool partition_fail(struct partition *p __unused, enum health_event e __unused,
		    const char *why __unused)
{
	return true;
}

static struct system_config sys;
static struct partition_config config;
static const struct device_config device = { .path = "pci:0000:00:02.0",
					     .stream_count = 1,
					     .stream = { { UNIT_BASE, 0x10 } } };
static struct partition part;
static struct vcpu first_vcpu;

static int dma_setup(void **state)
{
	(void)unit_setup(state);
	log_ring_init();
	memset(&sys, 0, sizeof(sys));
	memset(&config, 0, sizeof(config));
	memset(&part, 0, sizeof(part));
	memset(dmas, 0, sizeof(dmas));
	notes = 0;
	promise_count = 0;
	config.name = "owner";
	config.memory_count = 1;
	config.memory[0].gpa = GPA(RAM);
	config.memory[0].size = MIB(16);
	config.attach_count = 1;
	config.attach[0].gpa = GPA(SHARED);
	config.attach[0].rights = PT_R | PT_X;
	sys.region[0].size = MIB(1);
	config.device_count = 1;
	config.device = &device;
	shared_region.base = HPA(0x9000000);
	shared_region.size = MIB(1);
	part.config = &config;
	part.system = &sys;
	part.region_count = 1;
	part.ram[0].base = HPA(0x8000000);
	part.vcpu = &first_vcpu;
	return 0;
}

#define DMA(name) cmocka_unit_test_setup(name, dma_setup)

static void promise_add(u64 base, u64 size, bool write)
{
	promise[promise_count] = (struct machine_dma){ .first = 0x10,
						       .count = 1,
						       .base = HPA(base),
						       .size = size,
						       .read = true,
						       .write = write };
	promise_count++;
}

static u32 logged(const char *text)
{
	struct log_record r;
	u32 n = 0;

	for (u32 i = 0; log_ring_read(i, &r) == 0; i++)
		n += r.boot_id == log_boot_id() && strstr(r.text, text) != NULL ? 1U : 0U;
	return n;
}

TEST(a_domain_holds_the_partitions_memory_without_the_right_to_run)
{
	assert_int_equal(dma_build(&part), 0);
	assert_int_equal(notes, 2);
	assert_int_equal(note[0].iova, RAM);
	assert_int_equal(note[0].pa, 0x8000000);
	assert_int_equal(note[0].attr, PT_R | PT_W);
	assert_int_equal(note[1].iova, SHARED);
	assert_int_equal(note[1].attr, PT_R);
	assert_non_null(partition_domain(&part));
}

TEST(what_firmware_promises_a_device_is_in_its_owners_domain)
{
	u64 before;

	assert_int_equal(dma_build(&part), 0);
	before = quota;
	notes = 0;
	promise_add(0x7f000000, MIB(8), true);
	promise_add(0x7e000000, PAGE_SIZE, false);
	promise_add(0x7f000000, MIB(8), true); /* what two devices share */
	assert_int_equal(dma_build(&part), 0);
	assert_int_equal(notes, 4);
	assert_int_equal(note[2].iova, 0x7f000000);
	assert_int_equal(note[2].pa, 0x7f000000);
	assert_int_equal(note[2].size, MIB(8));
	assert_int_equal(note[2].attr, PT_R | PT_W | PT_NORMAL);
	assert_int_equal(note[3].attr, PT_R | PT_NORMAL);
	assert_true(quota > before);
}

TEST(a_promise_where_the_guest_has_memory_is_refused)
{
	promise_add(RAM + MIB(15), MIB(2), true);
	assert_int_equal(dma_build(&part), BH_EEXIST);
	assert_null(partition_domain(&part));
	assert_int_equal(logged("partition owner: pci:0000:00:02.0: firmware's 0x200000 bytes at "
				"0x40f00000 overlap: move its memory at 0x40000000"),
			 1);
	promise_count = 0;
	promise_add(SHARED - PAGE_SIZE, 2U * PAGE_SIZE, true);
	assert_int_equal(dma_build(&part), BH_EEXIST);
	promise_count = 0;
	promise_add(RAM - PAGE_SIZE, PAGE_SIZE, true);
	assert_int_equal(dma_build(&part), 0);
}

TEST(a_promise_that_cannot_be_mapped_is_refused)
{
	promise_add(BIT(40), PAGE_SIZE, true);
	assert_int_equal(dma_build(&part), BH_ERANGE);
	assert_int_equal(logged("cannot be mapped: ERANGE"), 1);
}

/* A unit tells of the next fault only when it has none left. */
TEST(faults_that_are_left_when_a_partition_stops_are_taken_later)
{
	assert_int_equal(dma_build(&part), 0);
	alarms = 0;
	faults_left = FAULTS_AT_STOP - 1U;
	dma_stop(&part);
	assert_int_equal(alarms, 0);
	faults_left = FAULTS_AT_STOP + 1U;
	dma_stop(&part);
	assert_int_equal(alarms, 1);
	assert_int_equal(faults_left, 1);
}

UNIT_TESTS(DMA(a_domain_holds_the_partitions_memory_without_the_right_to_run),
	   DMA(what_firmware_promises_a_device_is_in_its_owners_domain),
	   DMA(a_promise_where_the_guest_has_memory_is_refused),
	   DMA(a_promise_that_cannot_be_mapped_is_refused),
	   DMA(faults_that_are_left_when_a_partition_stops_are_taken_later));
