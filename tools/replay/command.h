/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/command.h - the subcommands of prestage-replay; each is given what follows
 * `prestage-replay` on the command line, itself first, and returns the exit status.
 */
#ifndef PS_TOOLS_REPLAY_COMMAND_H
#define PS_TOOLS_REPLAY_COMMAND_H

int replay_predict_main(int argc, char **argv);
int replay_cache_main(int argc, char **argv);
int replay_curves_main(int argc, char **argv);
int replay_plot_main(int argc, char **argv); /* only where cairo is there */

#endif
