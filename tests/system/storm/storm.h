/* SPDX-License-Identifier: Apache-2.0 */
/* What the two guests share: the last word of their region, which the quiet one counts up. */
#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#define COUNTER_OFFSET 0xff8U

#endif
