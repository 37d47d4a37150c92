/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/help.h"

#include <string.h>

static void print_text(FILE *out, const char *help)
{
    while (*help != '\0') {
        const size_t bytes = strcspn(help, "\n");

        fprintf(out, "              %.*s\n", (int)bytes, help);
        help += bytes + (help[bytes] == '\n');
    }
}

static void print_option(FILE *out, const char *name, const char *argument, const char *help)
{
    fprintf(out, "       --%s%s%s\n", name, argument != NULL ? " " : "",
            argument != NULL ? argument : "");
    print_text(out, help);
}

void nic_help_print(FILE *out)
{
    fputs(
        "NAME\n"
        "       prestage-nic - count requests for media as packets pass, report them as demand\n\n"
        "SYNOPSIS\n"
        "       prestage-nic --mirror DEVICE --server ADDR:PORT --to unix:PATH [OPTION]...\n"
        "       prestage-nic --inline DEVICE,DEVICE --server ADDR:PORT --to unix:PATH\n"
        "       prestage-nic --exception DEVICE [--tap NAME] --server ADDR:PORT --to unix:PATH\n"
        "       prestage-nic --pcap FILE --server ADDR:PORT --print\n\n"
        "OPTIONS\n",
        out);
#define NIC_OPTION(name, argument, set, help) print_option(out, name, argument, help);
#include "dpdk/options.def"
#undef NIC_OPTION
    fputs("\nTOTALS\n", out);
#define NIC_TOTAL(name, help)                                                                      \
    fputs("       " #name "\n", out);                                                              \
    print_text(out, help);
#include "dpdk/totals.def"
#undef NIC_TOTAL
#define NIC_TRAFFIC(NAME, name, help)                                                              \
    fputs("       " #name "_packets, " #name "_bytes\n", out);                                     \
    print_text(out, help);
#include "dpdk/traffic.def"
#undef NIC_TRAFFIC
    fputs(
        "\nSIGNALS\n"
        "       SIGTERM, SIGINT\n"
        "              send what is counted, then exit\n"
        "       SIGUSR1\n"
        "              print the totals to stderr\n"
        "       SIGHUP\n"
        "              read the options again, use their regions and tunnels, name what needs a\n"
        "              restart\n\n"
        "EXIT STATUS\n"
        "       0 done; 1 could not start, could not deliver the last counts, or a port is gone;\n"
        "       2 bad options\n\n"
        "NOTES\n"
        "       Only cleartext HTTP/1.x is counted. TLS and QUIC must be counted by the server's\n"
        "       delivery log. An interface needs CAP_NET_RAW and CAP_NET_ADMIN; a file needs\n"
        "       nothing.\n",
        out);
}
