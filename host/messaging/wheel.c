/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/messaging/wheel_priv.h"

#include <stddef.h>

void ps_wheel_start(struct ps_wheel *wheel, struct ps_wheel_timer *timer, uint64_t ticks)
{
    ps_wheel_stop(wheel, timer);
    if (ticks < 1)
        ticks = 1;
    if (ticks > PS_WHEEL_TICKS_MAX - 1)
        ticks = PS_WHEEL_TICKS_MAX - 1;
    struct ps_wheel_timer **slot = &wheel->slots[(wheel->now + ticks) % PS_WHEEL_TICKS_MAX];
    timer->next = *slot;
    timer->link = slot;
    if (timer->next != NULL)
        timer->next->link = &timer->next;
    *slot = timer;
    wheel->running++;
}

void ps_wheel_stop(struct ps_wheel *wheel, struct ps_wheel_timer *timer)
{
    if (timer->link == NULL)
        return;
    *timer->link = timer->next;
    if (timer->next != NULL)
        timer->next->link = timer->link;
    timer->next = NULL;
    timer->link = NULL;
    wheel->running--;
}

/* What over() starts goes to other slots, so a slot comes to its end. */
void ps_wheel_turn(struct ps_wheel *wheel, uint64_t ticks)
{
    for (; ticks > 0; ticks--) {
        if (wheel->running == 0) {
            wheel->now += ticks;
            return;
        }
        wheel->now++;
        struct ps_wheel_timer **slot = &wheel->slots[wheel->now % PS_WHEEL_TICKS_MAX];
        while (*slot != NULL) {
            struct ps_wheel_timer *timer = *slot;
            ps_wheel_stop(wheel, timer);
            timer->over(timer->arg);
        }
    }
}
