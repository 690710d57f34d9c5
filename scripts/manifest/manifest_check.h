/* SPDX-License-Identifier: Apache-2.0 */
/* The host's manifest checker: Bulkhead's own reader, and what people want to know about it. */
#ifndef MANIFEST_CHECK_H
#define MANIFEST_CHECK_H

#include <stdio.h>

#include <bulkhead/svc/manifest.h>

/* Writes @text as a JSON string. */
void json_string(FILE *out, const char *text);

/* The binding and the rules as JSON: what docs/manifest.md is made from. */
void binding_write(FILE *out);

/* What becomes of the board under @config, as JSON. @arm64: which format stage 2 has. */
void report_write(FILE *out, const struct manifest_board *board, const struct system_config *config,
		  bool arm64);

#endif
