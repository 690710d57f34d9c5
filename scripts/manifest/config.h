/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the host's manifest checker: what any board may have. */
#ifndef MANIFEST_CONFIG_H
#define MANIFEST_CONFIG_H

#define CONFIG_MAX_CPUS 64
#define CONFIG_FW_TABLE_MAX 8192

#endif
