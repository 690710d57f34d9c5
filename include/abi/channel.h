/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages through a channel: two rings in its region, one each way. Needs nothing but a compiler;
 * guests include it. Both ends must map the region with the same memory attributes.
 *
 * The region is zero at first. Its lower half carries what end 0 sends, its upper half what end 1
 * sends. A half begins with the writer's count of bytes, at 64 the reader's; data begin at 128. A
 * message is a length in a word of 32 bits and its bytes, both in words; the ring's size is the
 * largest power of two that fits.
 *
 * Whatever the other end writes is read once and checked: it can spoil its own messages, nothing
 * else.
 */
#ifndef ABI_CHANNEL_H
#define ABI_CHANNEL_H

#define CHANNEL_WRITTEN 0U
#define CHANNEL_READ 64U
#define CHANNEL_DATA 128U
#define CHANNEL_MIN 512U /* bytes of the smallest region */

struct channel_ring {
	volatile unsigned char *half;
	unsigned int size; /* of the data, a power of two */
};

struct channel {
	struct channel_ring send, receive;
};

/* The other end broke the rules; what was in the ring is dropped. */
#define CHANNEL_BROKEN (-2)
/* No room, or no message. */
#define CHANNEL_NONE (-1)

static inline unsigned int *channel_word(const struct channel_ring *r, unsigned int at)
{
	return (unsigned int *)(unsigned long)(r->half + at);
}

static inline unsigned int channel_data(const struct channel_ring *r, unsigned int position)
{
	return CHANNEL_DATA + (position & (r->size - 1U) & ~3U);
}

/* @base: the region as this end sees it; @size: its bytes, at least CHANNEL_MIN; @end: 0 or 1. */
static inline void channel_open(struct channel *c, void *base, unsigned long size, unsigned int end)
{
	volatile unsigned char *half[2] = { (volatile unsigned char *)base,
					    (volatile unsigned char *)base + size / 2U };
	unsigned int ring = 64;

	while (2UL * ring <= size / 2U - CHANNEL_DATA && ring < (1U << 30))
		ring *= 2U;
	c->send.half = half[end & 1U];
	c->receive.half = half[~end & 1U];
	c->send.size = ring;
	c->receive.size = ring;
}

/* Bytes that a message of @length takes. */
static inline unsigned int channel_room(unsigned int length)
{
	return 4U + ((length + 3U) & ~3U);
}

/* Sends @length bytes: 0; or CHANNEL_NONE, there is no room now, or never for so many. */
static inline int channel_send(struct channel *c, const void *bytes, unsigned int length)
{
	const unsigned char *from = (const unsigned char *)bytes;
	const struct channel_ring *r = &c->send;
	const unsigned int written = *channel_word(r, CHANNEL_WRITTEN);
	const unsigned int read = __atomic_load_n(channel_word(r, CHANNEL_READ), __ATOMIC_ACQUIRE);
	unsigned int used = written - read;

	if (used > r->size || length > r->size || channel_room(length) > r->size - used)
		return CHANNEL_NONE;
	*(volatile unsigned int *)channel_word(r, channel_data(r, written)) = length;
	for (unsigned int i = 0; i < length; i += 4U) {
		unsigned int word = 0;

		for (unsigned int k = 0; k < 4U && i + k < length; k++)
			word |= (unsigned int)from[i + k] << (8U * k);
		*(volatile unsigned int *)channel_word(r, channel_data(r, written + 4U + i)) = word;
	}
	__atomic_store_n(channel_word(r, CHANNEL_WRITTEN), written + channel_room(length),
			 __ATOMIC_RELEASE);
	return 0;
}

/* Receives a message of at most @most bytes: its length; CHANNEL_NONE or CHANNEL_BROKEN. */
static inline int channel_receive(struct channel *c, void *bytes, unsigned int most)
{
	unsigned char *to = (unsigned char *)bytes;
	const struct channel_ring *r = &c->receive;
	const unsigned int read = *channel_word(r, CHANNEL_READ);
	const unsigned int written =
		__atomic_load_n(channel_word(r, CHANNEL_WRITTEN), __ATOMIC_ACQUIRE);
	const unsigned int there = written - read;
	unsigned int length;

	if (there == 0U)
		return CHANNEL_NONE;
	length = *(volatile unsigned int *)channel_word(r, channel_data(r, read));
	if (there > r->size || (there & 3U) != 0U || length > r->size || length > most ||
	    channel_room(length) > there) {
		__atomic_store_n(channel_word(r, CHANNEL_READ), written, __ATOMIC_RELEASE);
		return CHANNEL_BROKEN;
	}
	for (unsigned int i = 0; i < length; i += 4U) {
		const unsigned int word =
			*(volatile unsigned int *)channel_word(r, channel_data(r, read + 4U + i));

		for (unsigned int k = 0; k < 4U && i + k < length; k++)
			to[i + k] = (unsigned char)(word >> (8U * k));
	}
	__atomic_store_n(channel_word(r, CHANNEL_READ), read + channel_room(length),
			 __ATOMIC_RELEASE);
	return (int)length;
}

#endif
