/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/generate_main.h - `prestage-replay generate`: options in, files out. */
#ifndef PS_TOOLS_GENERATE_GENERATE_MAIN_H
#define PS_TOOLS_GENERATE_GENERATE_MAIN_H

/** @param argv  argv[0] is the subcommand. @return The exit status. */
int generate_main(int argc, char **argv);

#endif
