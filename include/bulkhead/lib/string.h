/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The string functions Bulkhead and its third-party libraries use, with the meaning C17 section
 * 7.24 gives them. On the host (fake architecture) the C library's own are used instead.
 */
#ifndef BULKHEAD_LIB_STRING_H
#define BULKHEAD_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

#endif
