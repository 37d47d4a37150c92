/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/device.c - see device.h. */
#include "host/request/device.h"

#include <string.h>

#include "host/base/mem.h"

/*
 * The first word that is there decides. Televisions also say Linux or Android, tablets also say
 * what phones do, and everybody says what computers do: so in this order.
 */
static const struct {
    const char *word;
    enum ps_device device;
} words[] = {
    { "SmartTV", PS_DEVICE_TELEVISION },  { "SMART-TV", PS_DEVICE_TELEVISION },
    { "Smart-TV", PS_DEVICE_TELEVISION }, { "HbbTV", PS_DEVICE_TELEVISION },
    { "AppleTV", PS_DEVICE_TELEVISION },  { "Apple TV", PS_DEVICE_TELEVISION },
    { "GoogleTV", PS_DEVICE_TELEVISION }, { "Android TV", PS_DEVICE_TELEVISION },
    { "Roku", PS_DEVICE_TELEVISION },     { "BRAVIA", PS_DEVICE_TELEVISION },
    { "Web0S", PS_DEVICE_TELEVISION },    { "CrKey", PS_DEVICE_TELEVISION },
    { "AFT", PS_DEVICE_TELEVISION },      { "PlayStation", PS_DEVICE_TELEVISION },
    { "Xbox", PS_DEVICE_TELEVISION },     { "Nintendo", PS_DEVICE_TELEVISION },
    { "iPad", PS_DEVICE_TABLET },         { "Tablet", PS_DEVICE_TABLET },
    { "Kindle", PS_DEVICE_TABLET },       { "iPhone", PS_DEVICE_PHONE },
    { "iPod", PS_DEVICE_PHONE },          { "Mobile", PS_DEVICE_PHONE },
    { "Android", PS_DEVICE_TABLET }, /* without Mobile, by Google's own rule */
    { "Windows", PS_DEVICE_COMPUTER },    { "Macintosh", PS_DEVICE_COMPUTER },
    { "CrOS", PS_DEVICE_COMPUTER },       { "X11", PS_DEVICE_COMPUTER },
};

enum ps_device ps_device_of_agent(const char *agent, size_t bytes)
{
    for (size_t w = 0; w < PS_ARRAY_LEN(words); w++)
        if (memmem(agent, bytes, words[w].word, strlen(words[w].word)) != NULL)
            return words[w].device;
    return PS_DEVICE_UNKNOWN;
}

const char *ps_device_name(unsigned device)
{
    static const char *const names[] = { NULL, "phone", "tablet", "television", "computer" };

    return device < PS_ARRAY_LEN(names) ? names[device] : NULL;
}
