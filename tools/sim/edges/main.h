/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/main.h - the subcommand `edges` of prestage-sim. Threads: the owner's. */
#ifndef PS_TOOLS_SIM_EDGES_MAIN_H
#define PS_TOOLS_SIM_EDGES_MAIN_H

/** @param argv  From its own name on. @return an exit status. */
int edges_main(int argc, char **argv);

#endif
