/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/accel/mortal_xrt.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>

#define DEVICES 16u
#define BOS_MAX 4096u

struct known_bo {
    xrtBufferHandle bo; /* NULL: free */
    uint32_t device_idx;
    bool is_dead;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known_bo bos[BOS_MAX];
static xrtDeviceHandle handles[DEVICES]; /* the last one of each device */
static bool is_away[DEVICES];
static atomic_bool hides_ends;

/* The library's function of that name; C has no cast from object to function pointer. */
#define REAL(name)                                                                                 \
    __extension__({                                                                                \
        void *symbol = dlsym(RTLD_NEXT, #name);                                                    \
        __typeof__(&name) function;                                                                \
        if (symbol == NULL)                                                                        \
            abort();                                                                               \
        memcpy(&function, &symbol, sizeof(function));                                              \
        function;                                                                                  \
    })

void mortal_take_away(uint32_t device_idx)
{
    pthread_mutex_lock(&lock);
    is_away[device_idx] = true;
    for (uint32_t i = 0; i < BOS_MAX; i++)
        if (bos[i].bo != NULL && bos[i].device_idx == device_idx)
            bos[i].is_dead = true;
    pthread_mutex_unlock(&lock);
}

void mortal_bring_back(uint32_t device_idx)
{
    pthread_mutex_lock(&lock);
    is_away[device_idx] = false;
    pthread_mutex_unlock(&lock);
}

void mortal_hide_ends(bool hide)
{
    hides_ends = hide;
}

unsigned mortal_buffers(uint32_t device_idx)
{
    unsigned count = 0;

    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < BOS_MAX; i++)
        count += bos[i].bo != NULL && bos[i].device_idx == device_idx;
    pthread_mutex_unlock(&lock);
    return count;
}

static xrtBufferHandle know(xrtDeviceHandle device, xrtBufferHandle bo)
{
    uint32_t i = 0, d = 0;

    if (bo == NULL)
        return NULL;
    pthread_mutex_lock(&lock);
    while (i < BOS_MAX - 1 && bos[i].bo != NULL)
        i++;
    while (d < DEVICES - 1 && handles[d] != device)
        d++;
    bos[i] = (struct known_bo){ .bo = bo, .device_idx = d };
    pthread_mutex_unlock(&lock);
    return bo;
}

xrtDeviceHandle xrtDeviceOpen(unsigned int index)
{
    xrtDeviceHandle device = NULL;

    pthread_mutex_lock(&lock);
    if (!is_away[index])
        device = handles[index] = REAL(xrtDeviceOpen)(index);
    pthread_mutex_unlock(&lock);
    return device;
}

xrtBufferHandle xrtBOAllocUserPtr(xrtDeviceHandle device, void *user, size_t size,
                                  xrtBufferFlags flags, xrtMemoryGroup group)
{
    return know(device, REAL(xrtBOAllocUserPtr)(device, user, size, flags, group));
}

xrtBufferHandle xrtBOAlloc(xrtDeviceHandle device, size_t size, xrtBufferFlags flags,
                           xrtMemoryGroup group)
{
    return know(device, REAL(xrtBOAlloc)(device, size, flags, group));
}

static struct known_bo *find(xrtBufferHandle bo)
{
    for (uint32_t i = 0; i < BOS_MAX; i++)
        if (bos[i].bo == bo)
            return &bos[i];
    abort();
}

int xrtBOFree(xrtBufferHandle bo)
{
    pthread_mutex_lock(&lock);
    find(bo)->bo = NULL;
    pthread_mutex_unlock(&lock);
    return REAL(xrtBOFree)(bo);
}

int xrtBOSync(xrtBufferHandle bo, enum xclBOSyncDirection direction, size_t size, size_t offset)
{
    bool is_dead;

    pthread_mutex_lock(&lock);
    is_dead = find(bo)->is_dead;
    pthread_mutex_unlock(&lock);
    if (is_dead)
        return -1;
    return REAL(xrtBOSync)(bo, direction, size, offset);
}

int sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *end)
{
    if (hides_ends) {
        errno = ETIMEDOUT;
        return -1;
    }
    return REAL(sem_clockwait)(sem, clock, end);
}
