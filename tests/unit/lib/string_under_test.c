// SPDX-License-Identifier: Apache-2.0
#define memcpy bh_memcpy
#define memmove bh_memmove
#define memset bh_memset
#define memcmp bh_memcmp
#define memchr bh_memchr
#define strlen bh_strlen
#define strnlen bh_strnlen
#define strcmp bh_strcmp
#define strncmp bh_strncmp
#define strchr bh_strchr
#define strrchr bh_strrchr

#include "lib/string.c"
