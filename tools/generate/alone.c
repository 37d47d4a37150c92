/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/alone.c - prestage-generate: the subcommand by itself, for development. */
#include "tools/generate/generate_main.h"

int main(int argc, char **argv)
{
    return generate_main(argc, argv);
}
