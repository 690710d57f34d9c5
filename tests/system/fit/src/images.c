// SPDX-License-Identifier: Apache-2.0
#include "../../../unit/fit/data/images.c"
