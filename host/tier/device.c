/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/device_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/tier/store_priv.h"
#include "host/tier/zone_priv.h"

#define SECOND_COPY_BYTES 32768u /* from the first, at either end */

unsigned char *ps_tier_pages_map(size_t size_bytes)
{
    void *pages =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return pages == MAP_FAILED ? NULL : pages;
}

void ps_tier_pages_unmap(unsigned char *pages, size_t size_bytes)
{
    if (pages != NULL)
        munmap(pages, size_bytes);
}

int ps_tier_device_read(const struct ps_tier_device *device, void *to, size_t size_bytes,
                        uint64_t offset)
{
    const ssize_t n = pread(device->fd, to, size_bytes, (off_t)offset);

    if (n < 0)
        return -errno;
    return (size_t)n == size_bytes ? 0 : -EIO;
}

/* A full file system takes a part first, and only then says why it takes no more. */
static int write_all(const struct ps_tier_device *device, const unsigned char *from,
                     size_t size_bytes, uint64_t offset)
{
    size_t done = 0;

    while (done < size_bytes) {
        const ssize_t n =
            pwrite(device->fd, from + done, size_bytes - done, (off_t)(offset + done));

        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        done += (size_t)n;
    }
    return 0;
}

/* flock belongs to the open file, which the io_uring of a killed process holds until its last write
 * has ended: having the lock means that nobody's writes are still on their way. */
static int lock(int fd)
{
    const struct timespec pause = { .tv_nsec = 10000000 };

    for (unsigned i = 0; i < PS_TIER_LOCK_TRIES_MAX; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK)
            return -errno;
        nanosleep(&pause, NULL);
    }
    return -EBUSY;
}

static int write_zeros(const struct ps_tier_device *device, uint64_t from, unsigned char *scratch)
{
    int rc = 0;

    memset(scratch, 0, PS_TIER_IO_BYTES);
    from -= from % PS_TIER_BLOCK_BYTES;
    while (from < device->size_bytes && rc == 0) {
        const uint64_t left = device->size_bytes - from;
        const size_t part = left < PS_TIER_IO_BYTES ? (size_t)left : PS_TIER_IO_BYTES;

        rc = write_all(device, scratch, part, from);
        from += part;
    }
    return rc;
}

static uint64_t superblock_offset(const struct ps_tier_device *device, unsigned i)
{
    const uint64_t base = i < 2 ? 0 : device->size_bytes - PS_TIER_END_BYTES;

    return base + (i % 2) * SECOND_COPY_BYTES;
}

static bool is_blank(const unsigned char *block)
{
    for (uint32_t i = 0; i < PS_TIER_BLOCK_BYTES; i++)
        if (block[i] != 0)
            return false;
    return true;
}

/* What is in the first place of a superblock, before anything is written. */
static int check_ours_or_blank(const struct ps_tier_device *device, uint64_t present_bytes,
                               unsigned char *scratch)
{
    bool blank = true;

    for (unsigned i = 0; i < 2; i++) {
        const uint64_t offset = superblock_offset(device, i);

        if (offset >= present_bytes)
            break;
        memset(scratch, 0, PS_TIER_BLOCK_BYTES);
        if (pread(device->fd, scratch, PS_TIER_BLOCK_BYTES, (off_t)offset) < 0)
            return -errno;
        if (ps_tier_superblock_ours((const struct ps_tier_superblock *)scratch))
            return 0;
        blank = blank && is_blank(scratch);
    }
    return blank ? 0 : -EMEDIUMTYPE;
}

/* The superblock that at least PS_TIER_SUPERBLOCKS_AGREE copies agree on; the latest if there are
 * two such (an opening was cut short). False when there is none. */
static bool read_superblock(const struct ps_tier_device *device, unsigned char *scratch,
                            struct ps_tier_superblock *ret_sb)
{
    struct ps_tier_superblock found[PS_TIER_SUPERBLOCKS];
    bool any = false;

    memset(found, 0, sizeof(found));
    for (unsigned i = 0; i < PS_TIER_SUPERBLOCKS; i++)
        if (ps_tier_device_read(device, scratch, PS_TIER_BLOCK_BYTES,
                                superblock_offset(device, i)) == 0)
            memcpy(&found[i], scratch, sizeof(found[i]));
    for (unsigned i = 0; i < PS_TIER_SUPERBLOCKS; i++) {
        unsigned agree = 0;

        for (unsigned k = 0; k < PS_TIER_SUPERBLOCKS; k++)
            agree += memcmp(&found[i], &found[k], sizeof(found[i])) == 0;
        if (agree < PS_TIER_SUPERBLOCKS_AGREE || !ps_tier_superblock_valid(&found[i]))
            continue;
        if (!any || found[i].epoch > ret_sb->epoch)
            *ret_sb = found[i];
        any = true;
    }
    return any;
}

/* A flush between the two ends leaves two equal copies at every moment. */
static int write_superblocks(const struct ps_tier_device *device, unsigned char *scratch)
{
    struct ps_tier_superblock sb = {
        .uuid = device->uuid,
        .epoch = device->epoch,
        .size_bytes = device->size_bytes,
        .zone_bytes = device->zone_bytes,
    };
    int rc = 0;

    ps_tier_superblock_seal(&sb);
    memset(scratch, 0, PS_TIER_BLOCK_BYTES);
    memcpy(scratch, &sb, sizeof(sb));
    for (unsigned i = 0; i < PS_TIER_SUPERBLOCKS && rc == 0; i++) {
        rc = write_all(device, scratch, PS_TIER_BLOCK_BYTES, superblock_offset(device, i));
        if (rc == 0 && i % 2 == 1 && fdatasync(device->fd) != 0)
            rc = -errno;
    }
    return rc;
}

static int recognise_or_format(struct ps_tier_device *device, unsigned char *scratch)
{
    struct ps_tier_superblock sb = { 0 };
    const bool known = read_superblock(device, scratch, &sb);

    device->formatted =
        !known || sb.size_bytes != device->size_bytes || sb.zone_bytes != device->zone_bytes;
    device->epoch = known ? sb.epoch + 1 : 1;
    if (!device->formatted)
        device->uuid = sb.uuid;
    else if (getrandom(&device->uuid, sizeof(device->uuid), 0) != sizeof(device->uuid))
        return -EIO;
    return write_superblocks(device, scratch);
}

/* Open and learn how much is there now. */
static int open_path(struct ps_tier_device *device, const char *path, uint64_t *ret_present_bytes,
                     bool *ret_is_file)
{
    struct stat st;
    const bool is_block = stat(path, &st) == 0 && S_ISBLK(st.st_mode);

    device->fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC | (is_block ? O_EXCL : O_CREAT), 0600);
    if (device->fd < 0)
        return -errno;
    const int rc = lock(device->fd);
    if (rc != 0)
        return rc;
    const off_t end = lseek(device->fd, 0, SEEK_END);
    if (end < 0)
        return -errno;
    *ret_present_bytes = (uint64_t)end;
    *ret_is_file = !is_block;
    return 0;
}

int ps_tier_device_open(struct ps_tier_device *device, const char *path, uint64_t size_bytes,
                        uint64_t zone_bytes, unsigned char *scratch)
{
    uint64_t present_bytes = 0;
    bool is_file = false;
    int rc = open_path(device, path, &present_bytes, &is_file);

    if (rc != 0)
        return rc;
    if (!is_file)
        size_bytes = present_bytes;
    device->size_bytes = size_bytes - size_bytes % PS_TIER_BLOCK_BYTES;
    device->zone_bytes = zone_bytes;
    if (device->size_bytes < 2 * PS_TIER_END_BYTES + PS_TIER_ZONES_MIN * zone_bytes)
        return -EINVAL;
    const uint64_t zone_count = (device->size_bytes - 2 * PS_TIER_END_BYTES) / zone_bytes;
    device->zone_count = zone_count < PS_TIER_ZONES_MAX ? (uint32_t)zone_count : PS_TIER_ZONES_MAX;
    rc = check_ours_or_blank(device, present_bytes, scratch);
    if (rc == 0 && is_file)
        rc = write_zeros(device, present_bytes, scratch);
    return rc == 0 ? recognise_or_format(device, scratch) : rc;
}

void ps_tier_device_close(struct ps_tier_device *device)
{
    if (device->fd < 0)
        return;
    flock(device->fd, LOCK_UN); /* the ring, though gone, may hold the file a little longer */
    close(device->fd);
    device->fd = -1;
}
