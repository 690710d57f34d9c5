// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/crc32.h>
#include <unit.h>

TEST(crc32_gives_the_check_value_of_its_catalogue_entry)
{
	assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926U);
}

TEST(crc32_of_nothing_is_zero)
{
	assert_int_equal(crc32(0, "", 0), 0);
}

TEST(crc32_of_known_texts)
{
	assert_int_equal(crc32(0, "a", 1), 0xe8b7be43U);
	assert_int_equal(crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339U);
	assert_int_equal(crc32(0, (const u8[32]){ 0 }, 32), 0x190a55adU);
}

TEST(crc32_in_pieces_equals_crc32_of_the_whole)
{
	static const char text[] = "123456789";

	for (size_t cut = 0; cut <= 9; cut++)
		assert_int_equal(crc32(crc32(0, text, cut), text + cut, 9 - cut), 0xcbf43926U);
}

TEST(crc32_sees_every_single_bit)
{
	u8 data[64] = { 1, 2, 3 };
	u32 whole = crc32(0, data, sizeof(data));

	for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
		data[bit / 8] = (u8)(data[bit / 8] ^ (1U << (bit % 8)));
		assert_int_not_equal(crc32(0, data, sizeof(data)), whole);
		data[bit / 8] = (u8)(data[bit / 8] ^ (1U << (bit % 8)));
	}
}

UNIT_TESTS(UNIT(crc32_gives_the_check_value_of_its_catalogue_entry), UNIT(crc32_of_nothing_is_zero),
	   UNIT(crc32_of_known_texts), UNIT(crc32_in_pieces_equals_crc32_of_the_whole),
	   UNIT(crc32_sees_every_single_bit));
