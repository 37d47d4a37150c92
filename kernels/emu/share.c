/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers exported as a file descriptor and imported from one, by another card or process. The
 * descriptor is a memfd with a ticket: which memory, and where in it. On the same card an imported
 * buffer is another name for the same memory. On another it has no address there, as kernels do not
 * reach over; it can be mapped, synced and copied from and to. The exported buffer must outlive it.
 */
#include "kernels/emu/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xclhal2.h>

#define TICKET_MAGIC 0x3154454b43495450u /* "PTICKET1" */

struct ticket {
    uint64_t magic;
    uint64_t inode; /* of the memory */
    uint64_t address;
    uint64_t size_bytes;
    int32_t pid; /* who has the memory open */
    int32_t fd;
};

struct emu_import {
    uint8_t *map;
    uint64_t size_bytes;
};

static uint64_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

xclBufferExportHandle xclExportBO(xclDeviceHandle handle, xclBufferHandle bo_handle)
{
    struct emu_device *device = handle;
    const struct emu_bo bo = emu_bo_snapshot(device, bo_handle);
    const struct ticket ticket = { .magic = TICKET_MAGIC,
                                   .inode = inode_of(device->memory_fd),
                                   .address = bo.address,
                                   .size_bytes = bo.size_bytes,
                                   .pid = getpid(),
                                   .fd = device->memory_fd };
    int fd;

    if (emu_device_is_lost(device) || bo.address == 0)
        return XRT_NULL_BO_EXPORT;
    fd = emu_high_fd(memfd_create("prestage-exported-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (fd < 0)
        return XRT_NULL_BO_EXPORT;
    if (write(fd, &ticket, sizeof(ticket)) != (ssize_t)sizeof(ticket) ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
        close(fd);
        return XRT_NULL_BO_EXPORT;
    }
    return fd;
}

int close_export(int fd) __asm__("_Z20xclCloseExportHandlei");
int close_export(int fd)
{
    return close(fd) == 0 ? 0 : -errno;
}

static int read_ticket(int fd, struct ticket *ret_ticket)
{
    if (pread(fd, ret_ticket, sizeof(*ret_ticket), 0) != (ssize_t)sizeof(*ret_ticket) ||
        ret_ticket->magic != TICKET_MAGIC || ret_ticket->size_bytes == 0 ||
        ret_ticket->address % EMU_DDR_GRANULE != 0)
        return -EINVAL;
    return 0;
}

static bool is_inside(int memory_fd, const struct ticket *ticket)
{
    struct stat st;

    return fstat(memory_fd, &st) == 0 && st.st_ino == ticket->inode &&
           ticket->address <= (uint64_t)st.st_size &&
           ticket->size_bytes <= (uint64_t)st.st_size - ticket->address;
}

/* The other card's memory, which its process still has open under the ticket's number. */
static struct emu_import *map_ticket(const struct ticket *ticket)
{
    struct emu_import *import = calloc(1, sizeof(*import));
    void *map = MAP_FAILED;
    char path[64];
    int fd;

    if (import == NULL)
        return NULL;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", ticket->pid, ticket->fd);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && is_inside(fd, ticket))
        map = mmap(NULL, ticket->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                   (off_t)ticket->address);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED) {
        free(import);
        return NULL;
    }
    *import = (struct emu_import){ .map = map, .size_bytes = ticket->size_bytes };
    return import;
}

void emu_import_free(struct emu_import *import)
{
    munmap(import->map, import->size_bytes);
    free(import);
}

uint8_t *emu_import_bytes(const struct emu_import *import)
{
    return import->map;
}

static xclBufferHandle import_alias(struct emu_device *device, const struct ticket *ticket)
{
    const struct emu_bo bo = { .address = ticket->address,
                               .size_bytes = ticket->size_bytes,
                               .is_alias = true };

    return is_inside(device->memory_fd, ticket) ? emu_bo_insert(device, &bo) : XRT_NULL_BO;
}

static xclBufferHandle import_foreign(struct emu_device *device, const struct ticket *ticket)
{
    struct emu_bo bo = { .size_bytes = ticket->size_bytes, .import = map_ticket(ticket) };
    xclBufferHandle handle;

    if (bo.import == NULL)
        return XRT_NULL_BO;
    handle = emu_bo_insert(device, &bo);
    if (handle == XRT_NULL_BO)
        emu_import_free(bo.import);
    return handle;
}

xclBufferHandle xclImportBO(xclDeviceHandle handle, xclBufferExportHandle fd, unsigned flags)
{
    struct emu_device *device = handle;
    struct ticket ticket;

    (void)flags;
    if (emu_device_is_lost(device) || read_ticket(fd, &ticket) != 0)
        return XRT_NULL_BO;
    if (ticket.inode == inode_of(device->memory_fd))
        return import_alias(device, &ticket);
    return import_foreign(device, &ticket);
}
