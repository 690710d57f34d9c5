// SPDX-License-Identifier: Apache-2.0
#include <asm/apic.h>
#include <asm/decode.h>
#include <bulkhead/lib/printf.h>

#define ICR_ASSERT BIT(14)

/* SDM volume 3, figure 11-9. */
static const struct bit_name esr_bits[] = {
	{ 0, "send-checksum" },           { 1, "receive-checksum" }, { 2, "send-accept" },
	{ 3, "receive-accept" },          { 4, "redirectable-ipi" }, { 5, "sent-illegal-vector" },
	{ 6, "received-illegal-vector" }, { 7, "illegal-register" },
};

u64 apic_icr_encode(bool x2apic, u32 apic_id, enum apic_delivery delivery, u8 vector)
{
	u64 low = ICR_ASSERT | FIELD_PREP(delivery, 10, 8) | vector;

	return low | (x2apic ? FIELD_PREP(apic_id, 63, 32) : FIELD_PREP(apic_id, 63, 56));
}

void apic_esr_decode(u32 esr, char *buf, size_t size)
{
	if (esr == 0U)
		bh_snprintf(buf, size, "none");
	else
		bits_decode(esr, esr_bits, ARRAY_SIZE(esr_bits), buf, size);
}
