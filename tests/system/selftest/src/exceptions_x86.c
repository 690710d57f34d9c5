// SPDX-License-Identifier: Apache-2.0
#include "exceptions.h"

void take_divide(void);
void take_undefined(void);
void take_breakpoint(void);
void take_protection(void);
void take_stack_segment(void);
void take_page_fault(void);
void take_write_text(void);
void take_write_rodata(void);
void take_exec_data(void);
void take_device_not_available(void);
void take_stack_overflow(void);
void take_ibt(void);
void take_shadow_stack(void);

const struct fault faults[] = {
	{ "divide", take_divide },
	{ "undefined", take_undefined },
	{ "breakpoint", take_breakpoint },
	{ "protection", take_protection },
	{ "stack-segment", take_stack_segment },
	{ "page-fault", take_page_fault },
	{ "write-text", take_write_text },
	{ "write-rodata", take_write_rodata },
	{ "exec-data", take_exec_data },
	{ "device-not-available", take_device_not_available },
	{ "stack-overflow", take_stack_overflow },
	{ "ibt", take_ibt },
	{ "shadow-stack", take_shadow_stack },
};
const u32 fault_count = ARRAY_SIZE(faults);
