/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiled once per header: proves the header needs nothing included before it. */
#include PS_HEADER

int main(void)
{
    return 0;
}
