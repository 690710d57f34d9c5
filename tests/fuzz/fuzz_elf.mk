# SPDX-License-Identifier: Apache-2.0
fuzz_flags := -max_len=1024
