/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/conf_doc.c - prints docs/man/prestage.conf.5; part of the build, not installed. */
#include <stdlib.h>

#include "host/config/config.h"

static const char before[] = ".\\\" SPDX-License-Identifier: BSD-3-Clause\n"
                             ".\\\" Made from host/config/keys.def by `ninja -C build conf-doc`.\n"
                             ".TH PRESTAGE.CONF 5 \"\" prestage \"File formats\"\n"
                             ".SH NAME\n"
                             "prestage.conf \\- configuration of prestaged\n"
                             ".SH DESCRIPTION\n"
                             "One YAML document. Every key may be left out; what is not listed "
                             "here is refused, as are keys\n"
                             "given twice and numbers with anything behind them. A complaint names "
                             "the file, the line and the\n"
                             "key.\n"
                             ".I prestaged \\-\\-check\\-config\n"
                             "says whether a file is good. Relative paths start at the directory "
                             "the daemon was started in.\n"
                             ".PP\n"
                             "Sizes take KiB, MiB, GiB and TiB, or plain bytes; durations need ms, "
                             "s, min or h; rates are bits\n"
                             "a second, with k or M. Fractions such as 1.5GiB are fine.\n"
                             ".SH KEYS\n";

static const char after[] =
    ".SH EXAMPLE\n"
    ".EX\n"
    "listen: { address: 0.0.0.0, port: 8080 }\n"
    "tier:\n"
    "  dram: 4GiB\n"
    "  path: /var/lib/prestage/segments\n"
    "  size: 512GiB\n"
    "profiles:\n"
    "\\- { name: source, kind: copy }\n"
    "\\- { name: mobile\\-360p, width: 640, height: 360, bitrate: 600k }\n"
    "\\- { name: audio, kind: audio }\n"
    "media:\n"
    "\\- { id: holiday, url: \\(aqhttp://origin.example/holiday.mp4\\(aq }\n"
    "media_file: /etc/prestage/titles\n"
    ".EE\n"
    ".SH SEE ALSO\n"
    ".BR prestaged (8),\n"
    ".BR prestagectl (1)\n";

int main(void)
{
    fputs(before, stdout);
    ps_config_write_help(stdout, true);
    fputs(after, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
