/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_keys.c - files of keys, as prestage-nic and as prestaged read them.
 *
 * Input: a byte of the file's mode, then its text. What prestage-nic takes, prestaged takes too,
 * and as the same key; of a file that others can reach neither takes anything. A refused file
 * leaves nothing behind, and what is said about it does not tell the key.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "dpdk/psk.h"
#include "host/feed/keys.h"
#include "tests/fuzz/fuzz.h"

#define MODE_OF(byte) ((mode_t)(0600 | ((byte)&077)))
#define IS_OPEN(byte) (((byte)&037) != 0)

static void check_key(const char *identity, const uint8_t *bytes, uint32_t count)
{
    const size_t length = strlen(identity);

    FUZZ_REQUIRE(length >= 1 && length <= NIC_PSK_IDENTITY_BYTES_MAX);
    FUZZ_REQUIRE(count >= NIC_PSK_KEY_BYTES_MIN && count <= NIC_PSK_KEY_BYTES_MAX);
    FUZZ_REQUIRE(bytes != NULL);
    for (size_t i = 0; i < length; i++)
        FUZZ_REQUIRE(isgraph((unsigned char)identity[i]) && identity[i] != ':');
}

static bool is_blank(const void *object, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (((const uint8_t *)object)[i] != 0)
            return false;
    return true;
}

static int read_keys(const char *path, struct ps_feed_keys *ret_keys)
{
    const int rc = ps_feed_keys_read(ret_keys, path);

    FUZZ_REQUIRE(rc == 0 || rc == -EPERM || rc == -EINVAL);
    FUZZ_REQUIRE(rc == 0 || is_blank(ret_keys, sizeof(*ret_keys)));
    FUZZ_REQUIRE(rc != 0 || (ret_keys->count >= 1 && ret_keys->count <= PS_FEED_KEYS_MAX));
    for (uint32_t i = 0; i < ret_keys->count; i++) {
        const struct ps_feed_key *key = &ret_keys->list[i];

        check_key(key->identity, key->bytes, key->byte_count);
        FUZZ_REQUIRE(ps_feed_keys_find(ret_keys, key->identity) == key); /* none comes twice */
    }
    return rc;
}

static int read_psk(const char *path, struct nic_psk *ret_psk)
{
    struct nic_problem problem = { .text = "" };
    const int rc = nic_psk_read(path, ret_psk, &problem);

    FUZZ_REQUIRE(rc == 0 || rc == -EACCES || rc == -EINVAL);
    FUZZ_REQUIRE((rc == 0) == (problem.text[0] == '\0'));
    FUZZ_REQUIRE(rc == 0 || is_blank(ret_psk, sizeof(*ret_psk)));
    if (rc == 0)
        check_key(ret_psk->identity, ret_psk->key, ret_psk->key_bytes);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const uint8_t mode = fuzz_take_u8(&input);
    const char *path = fuzz_file(input.at, input.left);
    struct nic_psk psk = { .key_bytes = 0 };
    struct ps_feed_keys keys = { .count = 0 };
    int nic, host;

    FUZZ_REQUIRE(chmod(path, MODE_OF(mode)) == 0);
    nic = read_psk(path, &psk);
    host = read_keys(path, &keys);
    FUZZ_REQUIRE((nic == -EACCES) == IS_OPEN(mode) && (host == -EPERM) == IS_OPEN(mode));
    if (nic != 0 || psk.identity[0] == '#') /* to prestaged that is a comment */
        return 0;
    FUZZ_REQUIRE(host == 0 && keys.count == 1u + fuzz_breaks);
    FUZZ_REQUIRE(strcmp(keys.list[0].identity, psk.identity) == 0);
    FUZZ_REQUIRE(keys.list[0].byte_count == psk.key_bytes);
    FUZZ_REQUIRE(memcmp(keys.list[0].bytes, psk.key, psk.key_bytes) == 0);
    return 0;
}
