/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/cu_main.c - prestage-cu CARD KERNEL:INSTANCE, the process of one emulated CU.
 *
 * Started by the emulation driver only, with the descriptors of kernels/emu/worker.h open. The
 * arguments are there to be read by people: ps shows which compute unit a process is.
 */
#include "kernels/emu/kernel_entry.h"
#include "kernels/emu/worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define NICE_DEFAULT 5

/* A real card takes no host CPU, so an emulated one gives way to the host's own work. */
static void give_way(void)
{
    const char *text = getenv("PS_EMU_NICE");
    const long nice_level = text != NULL ? strtol(text, NULL, 10) : NICE_DEFAULT;

    if (nice_level >= 0 && nice_level <= 19)
        setpriority(PRIO_PROCESS, 0, (int)nice_level);
}

static int map_memory(struct emu_memory *ret_memory)
{
    struct stat st;
    void *base;

    if (fstat(EMU_WORKER_MEMORY_FD, &st) != 0)
        return -errno;
    base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                EMU_WORKER_MEMORY_FD, 0);
    if (base == MAP_FAILED)
        return -errno;
    /* A crashing kernel's core file is about the kernel, not gigabytes of the card's memory. */
    madvise(base, (size_t)st.st_size, MADV_DONTDUMP);
    *ret_memory = (struct emu_memory){ .base = base, .size_bytes = (uint64_t)st.st_size };
    return 0;
}

static emu_kernel_entry *find_entry(const char *cu_name)
{
    char path[32], symbol[96];
    void *kernels, *entry;
    emu_kernel_entry *run = NULL;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", EMU_WORKER_KERNELS_FD);
    kernels = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (kernels == NULL) {
        fprintf(stderr, "prestage-cu: %s\n", dlerror());
        return NULL;
    }
    snprintf(symbol, sizeof(symbol), EMU_ENTRY_PREFIX "%.*s", (int)strcspn(cu_name, ":"), cu_name);
    entry = dlsym(kernels, symbol);
    if (entry == NULL)
        fprintf(stderr, "prestage-cu: %s\n", dlerror());
    memcpy(&run, &entry, sizeof(run)); /* C has no cast from object to function pointer */
    return run;
}

static int answer(uint32_t word)
{
    return send(EMU_WORKER_SOCKET_FD, &word, sizeof(word), MSG_NOSIGNAL) == sizeof(word) ? 0 : -EIO;
}

/* Ends when the host closes the socket. */
static int serve(emu_kernel_entry *run, const struct emu_memory *memory)
{
    static uint8_t registers[EMU_REGISTERS_BYTES];

    if (answer(EMU_ANSWER_OK) != 0)
        return EXIT_FAILURE;
    for (;;) {
        const ssize_t got = recv(EMU_WORKER_SOCKET_FD, registers, sizeof(registers), 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return EXIT_SUCCESS;
        memset(registers + got, 0, sizeof(registers) - (size_t)got);
        if (answer(run(registers, memory) == 0 ? EMU_ANSWER_OK : EMU_ANSWER_FAULT) != 0)
            return EXIT_FAILURE;
    }
}

int main(int argc, char **argv)
{
    struct emu_memory memory;
    emu_kernel_entry *run;

    if (argc != 3) {
        fprintf(stderr, "prestage-cu: the emulation driver starts this, not a person\n");
        return 2;
    }
    /* If the host died before this line, the socket is at its end and serve() returns. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    give_way();
    if (map_memory(&memory) != 0)
        return EXIT_FAILURE;
    run = find_entry(argv[2]);
    if (run == NULL)
        return EXIT_FAILURE;
    return serve(run, &memory);
}
