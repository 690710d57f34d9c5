// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/sha256.h>
#include <bulkhead/lib/string.h>

#define ROUNDS 64U
#define ROUNDS_A_STEP 8U

const u32 sha256_k[ROUNDS] __aligned(16) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static inline u32 ror(u32 x, u32 n)
{
	return x >> n | x << (32U - n);
}

/* FIPS 180-4, 4.1.2. */
static inline u32 sum0(u32 x)
{
	return ror(x, 2) ^ ror(x, 13) ^ ror(x, 22);
}

static inline u32 sum1(u32 x)
{
	return ror(x, 6) ^ ror(x, 11) ^ ror(x, 25);
}

static inline u32 sigma0(u32 x)
{
	return ror(x, 7) ^ ror(x, 18) ^ x >> 3;
}

static inline u32 sigma1(u32 x)
{
	return ror(x, 17) ^ ror(x, 19) ^ x >> 10;
}

void sha256_begin(struct sha256_rounds *r, const u32 state[8], const u8 *block)
{
	for (u32 i = 0; i < 16U; i++, block += 4)
		r->w[i] = (u32)block[0] << 24 | (u32)block[1] << 16 | (u32)block[2] << 8 | block[3];
	memcpy(r->v, state, sizeof(r->v));
	r->left = ROUNDS;
}

/* Takes word @i of the schedule, and puts the one 16 rounds later in its place. */
static inline u32 next_word(u32 w[16], u32 i)
{
	const u32 now = w[i];

	w[i] = now + sigma0(w[(i + 1U) % 16U]) + w[(i + 9U) % 16U] + sigma1(w[(i + 14U) % 16U]);
	return now;
}

/* One round without moving the eight variables: the caller names them anew each time. */
static inline void one_round(u32 a, u32 b, u32 c, u32 *d, u32 e, u32 f, u32 g, u32 *h, u32 kw)
{
	const u32 t = *h + sum1(e) + (g ^ (e & (f ^ g))) + kw;

	*d += t;
	*h = t + sum0(a) + ((a & b) | (c & (a | b)));
}

/* Inlined for its constant @first: places in the schedule are then known. */
static inline __attribute__((always_inline)) void eight_rounds(struct sha256_rounds *r,
							       const u32 *k, u32 first)
{
	u32 *w = r->w;
	u32 a = r->v[0], b = r->v[1], c = r->v[2], d = r->v[3];
	u32 e = r->v[4], f = r->v[5], g = r->v[6], h = r->v[7];

	one_round(a, b, c, &d, e, f, g, &h, k[0] + next_word(w, first));
	one_round(h, a, b, &c, d, e, f, &g, k[1] + next_word(w, first + 1U));
	one_round(g, h, a, &b, c, d, e, &f, k[2] + next_word(w, first + 2U));
	one_round(f, g, h, &a, b, c, d, &e, k[3] + next_word(w, first + 3U));
	one_round(e, f, g, &h, a, b, c, &d, k[4] + next_word(w, first + 4U));
	one_round(d, e, f, &g, h, a, b, &c, k[5] + next_word(w, first + 5U));
	one_round(c, d, e, &f, g, h, a, &b, k[6] + next_word(w, first + 6U));
	one_round(b, c, d, &e, f, g, h, &a, k[7] + next_word(w, first + 7U));
	r->v[0] = a, r->v[1] = b, r->v[2] = c, r->v[3] = d;
	r->v[4] = e, r->v[5] = f, r->v[6] = g, r->v[7] = h;
}

void sha256_step(struct sha256_rounds *r, u32 state[8])
{
	const u32 *k = &sha256_k[ROUNDS - r->left];

	if (r->left % 16U == 0U)
		eight_rounds(r, k, 0);
	else
		eight_rounds(r, k, 8);
	r->left -= ROUNDS_A_STEP;
	for (u32 i = 0; i < 8U && r->left == 0U; i++)
		state[i] += r->v[i];
}
