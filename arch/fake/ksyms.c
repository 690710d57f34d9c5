// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/ksyms.h>

/* No names, unless a test has a table of its own. */
const u32 ksyms_count = 0;
const u32 ksyms_addr[] = { 0 };
const u32 ksyms_name_off[] = { 0 };
const char ksyms_names[] = "";
