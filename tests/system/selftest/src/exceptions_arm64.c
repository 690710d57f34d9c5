// SPDX-License-Identifier: Apache-2.0
#include "exceptions.h"

void take_undefined(void);
void take_data_abort(void);
void take_write_text(void);
void take_write_rodata(void);
void take_instruction_abort(void);
void take_exec_data(void);
void take_pc_alignment(void);
void take_sp_alignment(void);
void take_alignment(void);
void take_breakpoint(void);
void take_svc(void);
void take_stack_overflow(void);
void take_bti(void);
void take_pac(void);

const struct fault faults[] = {
	{ "undefined", take_undefined },
	{ "data-abort", take_data_abort },
	{ "write-text", take_write_text },
	{ "write-rodata", take_write_rodata },
	{ "instruction-abort", take_instruction_abort },
	{ "exec-data", take_exec_data },
	{ "pc-alignment", take_pc_alignment },
	{ "sp-alignment", take_sp_alignment },
	{ "alignment", take_alignment },
	{ "breakpoint", take_breakpoint },
	{ "svc", take_svc },
	{ "stack-overflow", take_stack_overflow },
	{ "bti", take_bti },
	{ "pac", take_pac },
};
const u32 fault_count = ARRAY_SIZE(faults);
