/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "dpdk/number.h"

int nic_address_parse(const char *text, struct nic_address *ret_address)
{
    uint8_t v4[4];
    struct nic_address v6;

    if (inet_pton(AF_INET, text, v4) == 1) {
        *ret_address = nic_address_from_v4(v4);
        return 0;
    }
    if (inet_pton(AF_INET6, text, v6.bytes) != 1)
        return -EINVAL;
    *ret_address = v6;
    return 0;
}

static bool is_any(const struct nic_address *address)
{
    if (nic_address_is_v4(address))
        return address->words[1] >> 32 == 0;
    return (address->words[0] | address->words[1]) == 0;
}

int nic_endpoint_parse(const char *text, struct nic_endpoint *ret_endpoint)
{
    char host[INET6_ADDRSTRLEN + 1];
    const bool bracketed = text[0] == '[';
    const char *begin = bracketed ? text + 1 : text;
    const char *end = bracketed ? strchr(text, ']') : strrchr(text, ':');
    struct nic_endpoint endpoint = { 0 };
    uint64_t port;

    if (end == NULL || (size_t)(end - begin) >= sizeof(host))
        return -EINVAL;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = '\0';
    end += bracketed ? 1 : 0;
    if (*end != ':' || nic_number_parse(end + 1, 1, UINT16_MAX, &port) != 0)
        return -EINVAL;
    /* An IPv6 address without brackets would leave its last group to be read as the port. */
    if (bracketed != (strchr(host, ':') != NULL) || nic_address_parse(host, &endpoint.address) != 0)
        return -EINVAL;
    endpoint.port = (uint16_t)port;
    endpoint.any = is_any(&endpoint.address);
    *ret_endpoint = endpoint;
    return 0;
}
