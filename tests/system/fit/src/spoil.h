/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to spoil fit_image, the n-th of each where there are several. */
#ifndef TESTS_FIT_SPOIL_H
#define TESTS_FIT_SPOIL_H

#include <bulkhead/lib/types.h>

void spoil_rollback(u32 n);
void spoil_no_rollback(u32 n);
void spoil_exchange_names(u32 n);
void spoil_exchange_hashes(u32 n);
void spoil_hash_of_newer(u32 n);
void spoil_signature_of_newer(u32 n);
void spoil_signature_zeros(u32 n);
void spoil_signature_ones(u32 n);
void spoil_signature_short(u32 n);
void spoil_strings_start(u32 n);
void spoil_strings_end(u32 n);
void spoil_signature_name(u32 n);
void spoil_hashed_nodes(u32 n);
void spoil_signature_algo(u32 n);
void spoil_default(u32 n);
void spoil_copied_config(u32 n);
void spoil_unit_address(u32 n);
void spoil_twin(u32 n);
void spoil_twin_config(u32 n);
void spoil_hash_algo(u32 n);
void spoil_hash_short(u32 n);
void spoil_hash_twice(u32 n);
void spoil_hash_gone(u32 n);
void spoil_missing_image(u32 n);
void spoil_names_number(u32 n);
void spoil_no_images(u32 n);
void spoil_place64(u32 n);
void spoil_place32(u32 n);
void spoil_place_in_tree(u32 n);
void spoil_place_cells(u32 n);
void spoil_no_place(u32 n);
void spoil_magic(u32 n);
void spoil_large(u32 n);
void spoil_struct_misaligned(u32 n);
void spoil_rsvmap_misaligned(u32 n);
void spoil_version(u32 n);
void spoil_struct_outside(u32 n);
void spoil_strings_outside(u32 n);
void spoil_length(u32 n);
void spoil_nameoff(u32 n);
void spoil_tag(u32 n);
void spoil_no_end(u32 n);
void spoil_two_ends(u32 n);
void spoil_early_property(u32 n);
void spoil_endless_name(u32 n);
void spoil_deep(u32 n);
void spoil_many(u32 n);
void spoil_tags(u32 n);

#endif
