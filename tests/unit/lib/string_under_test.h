/* SPDX-License-Identifier: Apache-2.0 */
/* lib/string.c under names that leave the C library's alone. */
#ifndef TESTS_UNIT_LIB_STRING_UNDER_TEST_H
#define TESTS_UNIT_LIB_STRING_UNDER_TEST_H

#include <stddef.h>

void *bh_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *bh_memmove(void *dst, const void *src, size_t n);
void *bh_memset(void *dst, int c, size_t n);
int bh_memcmp(const void *a, const void *b, size_t n);
void *bh_memchr(const void *s, int c, size_t n);
size_t bh_strlen(const char *s);
size_t bh_strnlen(const char *s, size_t max);
int bh_strcmp(const char *a, const char *b);
int bh_strncmp(const char *a, const char *b, size_t n);
char *bh_strchr(const char *s, int c);
char *bh_strrchr(const char *s, int c);

#endif
