// SPDX-License-Identifier: Apache-2.0
#include <abi/ucall.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/vm/vcpu.h>
#include <lines.h>
#include <unit.h>

#define RAM HPA(0x80000000)

static u8 ram[MIB(4)] __aligned(PAGE_SIZE);
static const struct machine machine_of_test = {
	.ram_count = 1,
	.ram = { { RAM, sizeof(ram) } },
};
static struct s2 s2;
static struct mmio_map mmio, ports;
static struct vcpu vcpu;
static struct vcpu_arch arch;

/* A device that remembers. */
static struct {
	struct mmio_access last;
	u64 answer;
	enum trap_result result;
	u32 count;
	u32 wait_at; /* the access of this number, from 1, parks */
	u64 written[8];
} device;

static enum trap_result device_access(void *ctx __unused, struct mmio_access *a)
{
	device.count++;
	device.last = *a;
	if (device.count == device.wait_at)
		return TRAP_PARK;
	if (a->write)
		device.written[a->offset / 8U % ARRAY_SIZE(device.written)] += a->value;
	if (!a->write)
		a->value = device.answer;
	return device.result;
}

static int trap_setup(void **state)
{
	const struct mmio_range uart = { 0x9000000, 0x1000, device_access, NULL };
	const struct mmio_range port = { 0x60, 8, device_access, NULL };
	const struct vcpu_start start = { .pc = GPA(0x1000), .arg = 7 };
	int err = lines_setup(state);

	fake_ram_add(RAM, ram, sizeof(ram));
	memset(&device, 0, sizeof(device));
	memset(&arch, 0, sizeof(arch));
	err |= frame_init(&machine_of_test);
	err |= s2_init(&s2, 40, 16);
	mmio_map_init(&mmio);
	mmio_map_init(&ports);
	err |= mmio_map_add(&mmio, &uart);
	err |= mmio_map_add(&ports, &port);
	err |= vcpu_init(&vcpu, &arch, 3, 1, &s2, &mmio, &ports, &start);
	return err;
}

static struct fake_exit script[8];

/* Runs the guest through @n exits of the script. */
static enum trap_result run(u32 n)
{
	arch.script = script;
	arch.script_length = n;
	arch.done = 0;
	return vcpu_go(&vcpu);
}

static struct fake_exit *exit_of(enum exit_class class)
{
	memset(script, 0, sizeof(script));
	script[0].exit.class = class;
	script[0].exit.length = 4;
	return &script[0];
}

static struct fake_exit *memory(u64 gpa, bool write, u8 size, u8 reg)
{
	struct fake_exit *s = exit_of(EXIT_MEMORY);

	s->exit.memory = (struct exit_memory){
		.gpa = GPA(gpa),
		.gpa_exact = true,
		.read = !write,
		.write = write,
		.decoded = true,
		.size = size,
		.reg = reg,
		.reg_size = 8,
	};
	return s;
}

TEST(an_unknown_hypercall_answers_enosys_and_changes_nothing_else)
{
	const u64 unknown[] = { 0, 1, UCALL_BASE + 1U, UCALL_BASE - 1U, ~0ULL, 0x84000000U };

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct fake_exit *s = exit_of(EXIT_HYPERCALL);

		s->call[0] = unknown[i];
		for (u64 k = 1; k < 7U; k++)
			s->call[k] = k;
		arch.pc = 0x1000;
		assert_int_equal(run(1), TRAP_PARK);
		assert_int_equal(s->result, TRAP_RESUME);
		assert_true(s->call[0] == (u64)UCALL_ENOSYS);
		for (u64 k = 1; k < 7U; k++)
			assert_int_equal(s->call[k], k);
		assert_int_equal(arch.pc, 0x1004);
	}
	assert_int_equal(vcpu.exits[EXIT_HYPERCALL], 0);
}

TEST(ucall_errors_cannot_be_taken_for_those_of_smccc_linux_or_kvm)
{
	const s64 errors[] = { UCALL_ENOSYS, UCALL_EINVAL, UCALL_EPERM, UCALL_EFAULT,   UCALL_E2BIG,
			       UCALL_EQUOTA, UCALL_EAGAIN, UCALL_EPIPE, UCALL_ETIMEDOUT };

	for (u32 i = 0; i < ARRAY_SIZE(errors); i++) {
		assert_true(errors[i] < -4095 && errors[i] == (s64)(s32)errors[i]);
		for (u32 k = 0; k < i; k++)
			assert_true(errors[i] != errors[k]);
	}
}

/* What hardware did not decode: @insn at @gpa. */
static struct fake_exit *undecoded(u64 gpa, const struct insn *insn)
{
	struct fake_exit *s = memory(gpa, insn->kind != INSN_LOAD, 0, 0);

	s->exit.memory.decoded = false;
	arch.insn = *insn;
	return s;
}

TEST(vector_registers_are_accesses_of_eight_bytes)
{
	const struct insn store = { INSN_STORE, .length = 4,  .size = 16,
				    .count = 2, .simd = true, .reg = { 1, 2 } };
	struct insn load = store;
	struct fake_exit *s = undecoded(0x9000000, &store);

	for (u32 i = 0; i < 4U; i++)
		arch.vector[1U + i / 2U][i % 2U] = 0x1111111111111111ULL * (i + 1U);
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(device.count, 4);
	assert_int_equal(device.last.size, 8);
	for (u32 i = 0; i < 4U; i++)
		assert_true(device.written[i] == 0x1111111111111111ULL * (i + 1U));
	load.kind = INSN_LOAD;
	load.reg_size = 16;
	load.count = 1;
	load.size = 4;
	device.answer = 0x1234567855667788ULL;
	s = undecoded(0x9000000, &load);
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_true(arch.vector[1][0] == 0x55667788U && arch.vector[1][1] == 0U);
	assert_true(arch.vector[2][0] == 0x3333333333333333ULL);
}

TEST(a_pair_that_waits_in_the_middle_goes_on_there)
{
	const struct insn store = { INSN_STORE, .length = 4, .size = 8, .count = 2,
				    .reg = { 1, 2 } };
	const struct insn load = { INSN_LOAD,  .length = 4,   .size = 8,
				   .count = 2, .reg_size = 8, .reg = { 3, 4 } };
	struct fake_exit *s = undecoded(0x9000000, &store);

	arch.reg[1] = 5;
	arch.reg[2] = 7;
	device.wait_at = 2;
	assert_int_equal(run(1), TRAP_PARK);
	assert_int_equal(s->result, TRAP_PARK);
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(device.count, 3);
	assert_int_equal(device.written[0], 5);
	assert_int_equal(device.written[1], 7);

	s = undecoded(0x9000000, &load);
	device.wait_at = 5;
	device.answer = 1;
	assert_int_equal(run(1), TRAP_PARK);
	device.answer = 2;
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(device.count, 6);
	assert_int_equal(arch.reg[3], 1);
	assert_int_equal(arch.reg[4], 2);

	/* Another instruction in between begins from its own first access. */
	s = undecoded(0x9000000, &store);
	device.wait_at = 8;
	assert_int_equal(run(1), TRAP_PARK);
	arch.pc += 4;
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(device.count, 10);
}

/* Sum, and as flags whether it was zero. */
static u64 add(const struct insn *i __unused, u64 memory, u64 operand, u64 *flags)
{
	*flags = *flags << 1 | (memory + operand == 0U ? 1U : 0U);
	return memory + operand;
}

TEST(arithmetic_reads_once_and_writes_once)
{
	const struct insn update = { INSN_UPDATE,   .length = 3,  .size = 4,     .count = 1,
				     .reg_size = 4, .reg = { 2 }, .compute = add };
	struct fake_exit *s = undecoded(0x9000000, &update);

	arch.reg[2] = 0xaa00000005ULL;
	arch.flags = 2;
	device.answer = 0xbb00000007ULL;
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(arch.pc, 0x1003);
	assert_int_equal(device.count, 2);
	assert_int_equal(device.written[0], 12);
	assert_int_equal(arch.reg[2], 0xaa00000005ULL);
	assert_int_equal(arch.flags, 4);
}

/* The flags it began with are those it ends with: all that was done is done once. */
TEST(arithmetic_that_waits_for_its_write_reads_no_second_time)
{
	const struct insn update = {
		INSN_UPDATE,   .length = 3,         .size = 4, .count = 1,
		.reg_size = 4, .reg = { REG_ZERO }, .imm = 5,  .compute = add
	};
	struct fake_exit *s = undecoded(0x9000000, &update);

	arch.flags = 2;
	device.answer = 7;
	device.wait_at = 2;
	assert_int_equal(run(1), TRAP_PARK);
	assert_int_equal(arch.flags, 2);
	device.answer = 100;
	(void)run(1);
	assert_int_equal(s->result, TRAP_RESUME);
	assert_int_equal(device.count, 3);
	assert_int_equal(device.written[0], 12);
	assert_int_equal(arch.flags, 4);
}

TEST(arithmetic_into_a_register_or_into_nothing_writes_no_memory)
{
	struct insn i = { INSN_COMBINE,  .length = 3,  .size = 1,    .count = 1,
			  .reg_size = 1, .high = true, .reg = { 1 }, .compute = add };

	(void)undecoded(0x9000000, &i);
	arch.reg[1] = 0x1122334455667788ULL;
	device.answer = 0x12;
	(void)run(1);
	assert_int_equal(device.count, 1);
	assert_int_equal(arch.reg[1], 0x1122334455668988ULL);
	i.kind = INSN_COMPARE;
	(void)undecoded(0x9000000, &i);
	device.answer = 0xffffffffffffff77ULL;
	(void)run(1);
	assert_int_equal(device.count, 2);
	assert_false(device.last.write);
	assert_int_equal(arch.reg[1], 0x1122334455668988ULL);
}

TEST(arithmetic_that_leaves_its_page_is_refused)
{
	const struct insn update = { INSN_UPDATE,   .length = 3,  .size = 4,     .count = 1,
				     .reg_size = 4, .reg = { 2 }, .compute = add };
	struct fake_exit *s = undecoded(0x9000ffe, &update);

	(void)run(1);
	assert_int_equal(s->result, TRAP_INJECT);
	assert_int_equal(device.count, 0);
}

TEST(an_access_that_leaves_its_page_is_refused)
{
	const struct insn pair = { INSN_STORE, .length = 4, .size = 8, .count = 2,
				   .reg = { 1, 2 } };
	const struct mmio_range next = { 0x9001000, 0x1000, device_access, NULL };
	struct fake_exit *s = undecoded(0x9000ff8, &pair);

	assert_int_equal(mmio_map_add(&mmio, &next), 0);
	(void)run(1);
	assert_int_equal(s->result, TRAP_INJECT);
	assert_int_equal(device.count, 0);
}

static enum trap_result brief_access(void *ctx, u32 offset, u32 size, bool write, u64 *value)
{
	struct mmio_access a = {
		.offset = offset, .size = size, .write = write, .value = *value & LOW_BYTES(size)
	};
	const enum trap_result r = device_access(ctx, &a);

	if (!write && r == TRAP_RESUME)
		*value = a.value & LOW_BYTES(size);
	return r;
}

/* The answer of the short frame is the one of the long way; everything else is left to that. */
TEST(a_brief_range_is_answered_from_the_short_frame_as_by_the_long_way)
{
	const struct mmio_range brief = { 0x9002000, 0x1000, device_access, NULL };
	u64 value = 5;

	device.answer = 0x1122334455667788ULL;
	assert_int_equal(upcall_mmio(&arch, 0x9002000, 4, false, &value), TRAP_PARK);
	assert_int_equal(mmio_map_add_brief(&mmio, &brief, brief_access), 0);
	assert_int_equal(upcall_mmio(&arch, 0x9002018, 4, false, &value), TRAP_RESUME);
	assert_true(value == 0x55667788U && device.last.offset == 0x18U);
	(void)memory(0x9002018, false, 4, 3);
	(void)run(1);
	assert_true(vcpu_reg_get(&arch, 3) == value && device.last.offset == 0x18U);
	value = ~0ULL;
	assert_int_equal(upcall_mmio(&arch, 0x9002008, 1, true, &value), TRAP_RESUME);
	assert_true(value == ~0ULL && device.written[1] == 0xffU);
	device.count = 0;
	assert_int_equal(upcall_mmio(&arch, 0x9002ffd, 4, false, &value), TRAP_PARK);
	assert_int_equal(upcall_mmio(&arch, 0x9001fff, 1, false, &value), TRAP_PARK);
	assert_int_equal(upcall_mmio(&arch, 0x9000000, 4, false, &value), TRAP_PARK);
	assert_int_equal(device.count, 0);
	device.result = TRAP_RETRY;
	assert_int_equal(upcall_mmio(&arch, 0x9002000, 4, false, &value), TRAP_RETRY);
	assert_true(value == ~0ULL);
}

TEST(an_exit_that_is_not_ours_stops_the_vcpu)
{
	struct fake_exit *s = exit_of(EXIT_WAIT);

	arch.nested = true;
	assert_int_equal(run(1), TRAP_STOP);
	assert_int_equal(s->result, TRAP_STOP);
	assert_int_equal(vcpu.stop.class, EXIT_UNKNOWN);
}

TEST(features_names_the_operations_there_are)
{
	struct fake_exit *s = exit_of(EXIT_HYPERCALL);

	s->call[0] = UCALL_BASE + UCALL_OP_FEATURES;
	(void)run(1);
	assert_int_equal(s->call[0], 0);
	assert_int_equal(s->call[1], 1U << UCALL_OP_FEATURES);
	s->call[0] = UCALL_BASE + UCALL_OP_FEATURES;
	s->call[1] = 1;
	(void)run(1);
	assert_int_equal(s->call[1], 0);
}

/* What each class of exit comes to when nobody has asked for anything. */
TEST(every_class_of_exit_has_an_answer)
{
	static const struct {
		enum trap_result result;
		enum fault_kind fault;
	} expected[EXIT_CLASSES] = {
		[EXIT_IRQ] = { TRAP_RESUME, 0 },
		[EXIT_HYPERCALL] = { TRAP_INJECT, FAULT_UNDEFINED },
		[EXIT_FIRMWARE] = { TRAP_RESUME, 0 },
		[EXIT_MEMORY] = { TRAP_INJECT, FAULT_EXTERNAL_DATA },
		[EXIT_PORT] = { TRAP_RESUME, 0 },
		[EXIT_SYSREG] = { TRAP_RETRY, 0 },
		[EXIT_CPUID] = { TRAP_RETRY, 0 },
		[EXIT_WAIT] = { TRAP_RESUME, 0 },
		[EXIT_EXCEPTION] = { TRAP_RETRY, 0 },
		[EXIT_SHUTDOWN] = { TRAP_STOP, 0 },
		[EXIT_ERROR] = { TRAP_STOP, 0 },
		[EXIT_REFUSED] = { TRAP_STOP, 0 },
		[EXIT_UNKNOWN] = { TRAP_STOP, 0 },
	};

	for (u32 c = 0; c < EXIT_CLASSES; c++) {
		struct exit e = { .class = (enum exit_class)c };

		e.port.size = 1;
		if (c == EXIT_MEMORY)
			e.memory = (struct exit_memory){ .gpa_exact = true, .read = true };
		arch.emulate = TRAP_RETRY;
		assert_int_equal(upcall_exit(&arch, &e), expected[c].result);
		assert_int_equal(vcpu.exits[c], 1);
		if (expected[c].result == TRAP_INJECT)
			assert_int_equal(arch.fault.kind, expected[c].fault);
		assert_string_not_equal(exit_class_name((enum exit_class)c), "?");
	}
	assert_int_equal(arch.emulated, 3);
}

TEST(a_class_nobody_knows_stops_the_guest)
{
	struct exit e = { .class = (enum exit_class)77 };

	assert_int_equal(upcall_exit(&arch, &e), TRAP_STOP);
	assert_int_equal(vcpu.exits[EXIT_UNKNOWN], 1);
	assert_string_equal(exit_class_name((enum exit_class)77), "?");
}

TEST(a_guest_that_cannot_go_on_is_stopped_and_named)
{
	struct fake_exit *s = exit_of(EXIT_UNKNOWN);

	s->exit.reason = 0x41;
	s->exit.syndrome = 0xbeef;
	assert_int_equal(run(1), TRAP_STOP);
	assert_int_equal(vcpu.last, TRAP_STOP);
	assert_int_equal(vcpu.stop.reason, 0x41);
	assert_non_null(lines_find("vcpu 1 stopped: unknown, reason 0x41, syndrome 0xbeef"));
}

TEST(a_parked_vcpu_does_not_run)
{
	(void)exit_of(EXIT_UNKNOWN);
	vcpu.parked = PARK_OFF;
	assert_int_equal(run(1), TRAP_PARK);
	assert_int_equal(arch.done, 0);
}

TEST(interrupts_are_taken_between_two_instructions)
{
	if (irqchip() == NULL)
		assert_int_equal(irqchip_register(&fake_irqchip), 0);
	(void)exit_of(EXIT_IRQ);
	fake_irq_raise(0, IRQ_KICK);
	(void)run(1);
	assert_int_equal(cpus[0].kicks, 1);
}

TEST(an_unknown_firmware_call_is_not_supported)
{
	arch.reg[0] = 0x84000099;
	(void)exit_of(EXIT_FIRMWARE);
	(void)run(1);
	assert_true(arch.reg[0] == ~0ULL);
}

TEST(a_write_reaches_its_handler)
{
	arch.reg[5] = 0x1122334455667788;
	(void)memory(0x9000010, true, 2, 5);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RESUME);
	assert_int_equal(device.last.offset, 0x10);
	assert_int_equal(device.last.size, 2);
	assert_int_equal(device.last.value, 0x7788);
	assert_true(device.last.write);
	assert_ptr_equal(device.last.vcpu, &vcpu);
}

TEST(a_read_comes_back_zero_or_sign_extended_as_the_instruction_says)
{
	device.answer = 0xffffffffffffff80;
	arch.reg[5] = ~0ULL;
	(void)memory(0x9000000, false, 1, 5);
	(void)run(1);
	assert_true(arch.reg[5] == 0x80);
	script[0].exit.memory.sign = true;
	(void)run(1);
	assert_true(arch.reg[5] == 0xffffffffffffff80);
	script[0].exit.memory.reg_size = 4;
	(void)run(1);
	assert_true(arch.reg[5] == 0xffffff80);
	script[0].exit.memory.reg_size = 2;
	arch.reg[5] = 0x1111111111111111;
	(void)run(1);
	assert_true(arch.reg[5] == 0x111111111111ff80);
}

TEST(an_access_across_the_end_of_a_range_is_refused)
{
	(void)memory(0x9000ffe, false, 4, 5);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	assert_int_equal(device.count, 0);
}

TEST(a_handler_may_put_the_guest_off_and_nothing_is_changed)
{
	device.result = TRAP_PARK;
	arch.reg[5] = 9;
	(void)memory(0x9000000, false, 4, 5);
	assert_int_equal(run(1), TRAP_PARK);
	assert_int_equal(arch.reg[5], 9);
	assert_int_equal(arch.pc, 0x1000);
}

TEST(what_hardware_did_not_decode_is_decoded)
{
	(void)memory(0x9000008, false, 0, 0);
	script[0].exit.memory.decoded = false;
	script[0].exit.memory.gva_valid = true;
	script[0].exit.memory.gva.v = 0xffff008;
	device.answer = 0x55;
	arch.insn = (struct insn){ .kind = INSN_LOAD,
				   .length = 4,
				   .size = 8,
				   .count = 2,
				   .reg_size = 8,
				   .reg = { 3, 4 },
				   .address = { 0xffff000 },
				   .writeback = true,
				   .base = 6,
				   .base_value = 0x42 };
	(void)run(1);
	assert_int_equal(device.count, 2);
	assert_int_equal(device.last.offset, 8);
	assert_int_equal(arch.reg[3], 0x55);
	assert_int_equal(arch.reg[4], 0x55);
	assert_int_equal(arch.reg[6], 0x42);
}

TEST(a_high_byte_register_is_stored_and_loaded)
{
	(void)memory(0x9000000, true, 0, 0);
	script[0].exit.memory.decoded = false;
	arch.insn = (struct insn){
		.kind = INSN_STORE, .length = 2, .size = 1, .count = 1, .reg_size = 1, .high = true
	};
	arch.reg[0] = 0xaabbccdd;
	(void)run(1);
	assert_int_equal(device.last.value, 0xcc);
	arch.insn.kind = INSN_LOAD;
	device.answer = 0x12;
	(void)run(1);
	assert_int_equal(arch.reg[0], 0xaabb12dd);
}

TEST(an_instruction_that_cannot_be_decoded_is_a_fault_and_has_no_effect)
{
	(void)memory(0x9000000, true, 0, 0);
	script[0].exit.memory.decoded = false;
	arch.insn_err = BH_ENOTSUP;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	assert_int_equal(device.count, 0);
	assert_int_equal(arch.pc, 0x1000);
}

TEST(memory_that_is_not_there_is_an_external_abort)
{
	(void)memory(0xdead0000, true, 4, 0);
	script[0].exit.memory.gva.v = 0x1234;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	assert_int_equal(script[0].fault.kind, FAULT_EXTERNAL_DATA);
	assert_int_equal(script[0].fault.gva.v, 0x1234);
	script[0].exit.memory.exec = true;
	(void)run(1);
	assert_int_equal(script[0].fault.kind, FAULT_EXTERNAL_FETCH);
	assert_non_null(
		lines_find("vcpu 1: write at 0xdead0000 refused, from 0x1000: nothing there"));
}

TEST(where_a_bus_floats_nobody_reads_as_ones_and_drops_writes)
{
	mmio.floats = true;
	arch.reg[5] = 0;
	(void)memory(0xf0000ff8, false, 4, 5);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RESUME);
	assert_true(arch.reg[5] == 0xffffffff);
	assert_non_null(lines_find("vcpu 1: read at 0xf0000ff8 leads nowhere, from 0x1000"));
	(void)memory(0xf0000000, true, 8, 5);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RESUME);
	script[0].exit.memory.permission = true;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	script[0].exit.memory.permission = false;
	script[0].exit.memory.exec = true;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	script[0].exit.memory.exec = false;
	script[0].exit.memory.decoded = false;
	arch.insn_err = BH_ENOTSUP;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
}

TEST(a_walk_for_a_fetch_that_meets_nothing_is_an_abort_of_the_fetch)
{
	(void)memory(0xdead0000, false, 4, 0);
	script[0].exit.memory.read = false;
	script[0].exit.memory.exec = true;
	script[0].exit.memory.table_walk = true;
	(void)run(1);
	assert_int_equal(script[0].fault.kind, FAULT_EXTERNAL_FETCH);
	assert_non_null(lines_find("vcpu 1: table walk at 0xdead0000 refused, from 0x1000"));
}

TEST(an_access_that_is_allowed_by_now_is_tried_again)
{
	assert_int_equal(s2_map(&s2, GPA(0), RAM, PAGE_SIZE, PT_R), 0);
	(void)memory(0x10, false, 4, 0);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RETRY);
	(void)memory(0x10, true, 4, 0);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_INJECT);
	s2.pt.busy = true;
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RETRY);
}

static struct fake_exit *port(u16 at, bool in, u8 size)
{
	struct fake_exit *s = exit_of(EXIT_PORT);

	s->exit.port = (struct exit_port){ .port = at, .size = size, .in = in };
	return s;
}

TEST(ports_reach_their_handler_and_leave_the_rest_of_the_register)
{
	device.answer = 0x99887766;
	arch.reg[0] = 0x1111111111111111;
	(void)port(0x64, true, 1);
	(void)run(1);
	assert_true(arch.reg[0] == 0x1111111111111166);
	script[0].exit.port.size = 2;
	(void)run(1);
	assert_true(arch.reg[0] == 0x1111111111117766);
	script[0].exit.port.size = 4;
	(void)run(1);
	assert_true(arch.reg[0] == 0x99887766);
	script[0].exit.port.in = false;
	script[0].exit.port.size = 1;
	(void)run(1);
	assert_int_equal(device.last.value, 0x66);
	assert_int_equal(device.last.offset, 4);
}

TEST(a_port_nobody_has_reads_all_ones_and_drops_writes)
{
	arch.reg[0] = 0;
	(void)port(0x3f8, true, 2);
	(void)run(1);
	assert_int_equal(arch.reg[0], 0xffff);
	(void)port(0x3f8, false, 2);
	(void)run(1);
	assert_int_equal(script[0].result, TRAP_RESUME);
	assert_int_equal(device.count, 0);
}

TEST(string_ports_are_refused)
{
	port(0x60, true, 1)->exit.port.string = true;
	(void)run(1);
	assert_int_equal(script[0].fault.kind, FAULT_PROTECTION);
	assert_int_equal(device.count, 0);
}

#define TRAP_TEST(name) cmocka_unit_test_setup(name, trap_setup)

UNIT_TESTS(TRAP_TEST(an_unknown_hypercall_answers_enosys_and_changes_nothing_else),
	   TRAP_TEST(ucall_errors_cannot_be_taken_for_those_of_smccc_linux_or_kvm),
	   TRAP_TEST(features_names_the_operations_there_are),
	   TRAP_TEST(vector_registers_are_accesses_of_eight_bytes),
	   TRAP_TEST(a_pair_that_waits_in_the_middle_goes_on_there),
	   TRAP_TEST(arithmetic_reads_once_and_writes_once),
	   TRAP_TEST(arithmetic_that_waits_for_its_write_reads_no_second_time),
	   TRAP_TEST(arithmetic_into_a_register_or_into_nothing_writes_no_memory),
	   TRAP_TEST(arithmetic_that_leaves_its_page_is_refused),
	   TRAP_TEST(an_access_that_leaves_its_page_is_refused),
	   TRAP_TEST(an_exit_that_is_not_ours_stops_the_vcpu),
	   TRAP_TEST(every_class_of_exit_has_an_answer),
	   TRAP_TEST(a_class_nobody_knows_stops_the_guest),
	   TRAP_TEST(a_guest_that_cannot_go_on_is_stopped_and_named),
	   TRAP_TEST(a_parked_vcpu_does_not_run),
	   TRAP_TEST(interrupts_are_taken_between_two_instructions),
	   TRAP_TEST(an_unknown_firmware_call_is_not_supported),
	   TRAP_TEST(a_write_reaches_its_handler),
	   TRAP_TEST(a_read_comes_back_zero_or_sign_extended_as_the_instruction_says),
	   TRAP_TEST(an_access_across_the_end_of_a_range_is_refused),
	   TRAP_TEST(a_handler_may_put_the_guest_off_and_nothing_is_changed),
	   TRAP_TEST(what_hardware_did_not_decode_is_decoded),
	   TRAP_TEST(a_high_byte_register_is_stored_and_loaded),
	   TRAP_TEST(an_instruction_that_cannot_be_decoded_is_a_fault_and_has_no_effect),
	   TRAP_TEST(memory_that_is_not_there_is_an_external_abort),
	   TRAP_TEST(where_a_bus_floats_nobody_reads_as_ones_and_drops_writes),
	   TRAP_TEST(a_walk_for_a_fetch_that_meets_nothing_is_an_abort_of_the_fetch),
	   TRAP_TEST(an_access_that_is_allowed_by_now_is_tried_again),
	   TRAP_TEST(a_brief_range_is_answered_from_the_short_frame_as_by_the_long_way),
	   TRAP_TEST(ports_reach_their_handler_and_leave_the_rest_of_the_register),
	   TRAP_TEST(a_port_nobody_has_reads_all_ones_and_drops_writes),
	   TRAP_TEST(string_ports_are_refused));
