/* hash: SHA-256 and CRC-32 for scripts.
 *
 *     import hash
 *     hash.sha256(data)         the digest of bytes, as 64 hexadecimal digits
 *     hash.crc32(data)          the checksum of bytes, as an int
 *     hash.sha256_locked(data)  as sha256, but never gives the lock up
 *
 * Above `release_above` bytes (a parameter of the plugin; 2048) the lock is given up while the plugin computes, as CPython's
 * hashlib does: what a bytes object holds never changes and never moves, so it may be read without the lock. Below, giving
 * the lock up and taking it again would cost more than the other threads could win.
 *
 * SHA-256 is FIPS 180-4, section 6.2; CRC-32 is that of IEEE 802.3, reflected, eight bits at a time. */

#include "gild_plugin.h"

#include <stdlib.h>
#include <string.h>

static size_t release_above = 2048;
static const gild_host *host;
static gild_metric *hashed_bytes;
static gild_metric *lock_releases;

/* ---- SHA-256 ---- */

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

static void sha256_block(uint32_t state[8], const uint8_t *block) {
    uint32_t schedule[64];
    for (int t = 0; t < 16; t++) {
        schedule[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    }
    for (int t = 16; t < 64; t++) {
        uint32_t near = schedule[t - 15], far = schedule[t - 2];
        uint32_t small_sigma_0 = rotate_right(near, 7) ^ rotate_right(near, 18) ^ near >> 3;
        uint32_t small_sigma_1 = rotate_right(far, 17) ^ rotate_right(far, 19) ^ far >> 10;
        schedule[t] = schedule[t - 16] + small_sigma_0 + schedule[t - 7] + small_sigma_1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t big_sigma_1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t first = h + big_sigma_1 + ((e & f) ^ (~e & g)) + round_constants[t] + schedule[t];
        uint32_t big_sigma_0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t second = big_sigma_0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void sha256(const uint8_t *data, size_t length, char digits[64]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t whole = length / 64 * 64;
    for (size_t at = 0; at < whole; at += 64) sha256_block(state, data + at);
    /* The rest, a one bit, zeros, and the length in bits as the last eight bytes of a block. */
    uint8_t tail[128] = {0};
    size_t rest = length - whole, tail_length = rest < 56 ? 64 : 128;
    if (rest > 0) memcpy(tail, data + whole, rest);
    tail[rest] = 0x80;
    for (int i = 0; i < 8; i++) tail[tail_length - 1 - (size_t)i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
    for (size_t at = 0; at < tail_length; at += 64) sha256_block(state, tail + at);
    for (int i = 0; i < 64; i++) digits[i] = "0123456789abcdef"[state[i / 8] >> (28 - i % 8 * 4) & 15];
}

/* ---- CRC-32 ---- */

static uint32_t crc_table[256];

static void fill_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t remainder = i;
        for (int bit = 0; bit < 8; bit++) remainder = remainder & 1 ? remainder >> 1 ^ 0xEDB88320u : remainder >> 1;
        crc_table[i] = remainder;
    }
}

static uint32_t crc32(const uint8_t *data, size_t length) {
    uint32_t remainder = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) remainder = crc_table[(remainder ^ data[i]) & 0xFF] ^ remainder >> 8;
    return ~remainder;
}

/* ---- Functions of the module ---- */

static gild_status sha256_function(gild_context *context, void *keeps_lock, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)count;
    const uint8_t *data;
    size_t length;
    gild_status status = gild_bytes_get(context, arguments[0], &data, &length);
    if (status < GILD_OK) return status;
    char digits[64];
    int leaves = keeps_lock == NULL && length > release_above;
    if (leaves) {
        status = gild_leave(context);
        if (status < GILD_OK) return status;
    }
    sha256(data, length, digits);
    if (leaves) {
        status = gild_enter(context);
        if (status < GILD_OK) return status;
        gild_metric_add(host, lock_releases, 1);
    }
    gild_metric_add(host, hashed_bytes, (int64_t)length);
    return gild_str_new(context, digits, sizeof digits, result);
}

static gild_status crc32_function(gild_context *context, void *unused, const gild_handle *arguments, size_t count, gild_handle *result) {
    (void)unused, (void)count;
    const uint8_t *data;
    size_t length;
    gild_status status = gild_bytes_get(context, arguments[0], &data, &length);
    if (status < GILD_OK) return status;
    int leaves = length > release_above;
    if (leaves) {
        status = gild_leave(context);
        if (status < GILD_OK) return status;
    }
    uint32_t checksum = crc32(data, length);
    if (leaves) {
        status = gild_enter(context);
        if (status < GILD_OK) return status;
        gild_metric_add(host, lock_releases, 1);
    }
    gild_metric_add(host, hashed_bytes, (int64_t)length);
    return gild_int_new(context, checksum, result);
}

gild_status gild_plugin_init(const gild_host *given_host, gild_plugin *plugin) {
    host = given_host;
    gild_status status = gild_describe(host, plugin, "hash", "1.0.0");
    if (status < GILD_OK) return status;
    fill_crc_table();

    const char *text;
    if (gild_parameter(host, gild_plugin_parameters(host, plugin), "release_above", &text) == GILD_OK) {
        char *end;
        unsigned long long bytes = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || *end != '\0') return GILD_BAD_ARGUMENT;
        release_above = (size_t)bytes;
    }

    static int keeps_lock;
    const gild_function_definition functions[] = {
        {sizeof functions[0], "sha256", "sha256(data): the SHA-256 of bytes, in hexadecimal digits.", sha256_function, NULL, 1, 1},
        {sizeof functions[0], "sha256_locked", "sha256_locked(data): as sha256, without giving the lock up.", sha256_function, &keeps_lock, 1, 1},
        {sizeof functions[0], "crc32", "crc32(data): the CRC-32 of bytes, an int.", crc32_function, NULL, 1, 1},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        status = gild_register_function(host, plugin, &functions[i]);
        if (status < GILD_OK) return status;
    }
    status = gild_register_metric(
        host, plugin, &(gild_metric_definition){sizeof(gild_metric_definition), "hashed_bytes", "Bytes that were hashed.", GILD_COUNTER}, &hashed_bytes);
    if (status < GILD_OK) return status;
    return gild_register_metric(
        host, plugin,
        &(gild_metric_definition){sizeof(gild_metric_definition), "lock_releases", "Calls that gave the lock up.", GILD_COUNTER}, &lock_releases);
}
