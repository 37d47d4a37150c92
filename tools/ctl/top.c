/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/top.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define PERIOD_MS   1000
#define HOME        "\033[H" /* drawn over the old page, so that it does not flicker */
#define ALT_SCREEN  "\033[?1049h\033[?25l"
#define MAIN_SCREEN "\033[?25h\033[?1049l"
#define CLEAR_LINE  "\033[K\n"
#define CLEAR_REST  "\033[J"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Whether `q` came, or a signal, before the next page is due. */
static bool wait_for_quit(bool has_keys)
{
    struct pollfd keys = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
    char key = '\0';

    if (poll(&keys, 1, PERIOD_MS) == 1 && read(STDIN_FILENO, &key, 1) != 1)
        return true; /* the terminal is gone */
    return interrupted != 0 || key == 'q' || key == 'Q';
}

static int draw_page(int (*draw)(void *arg, FILE *out), void *arg, bool on_terminal)
{
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);

    if (out == NULL)
        return EXIT_FAILURE;
    const int status = draw(arg, out);
    if (fclose(out) != 0 || page == NULL)
        return EXIT_FAILURE;
    fputs(on_terminal ? HOME : "", stdout);
    for (const char *at = page; *at != '\0'; at++)
        if (on_terminal && *at == '\n')
            fputs(CLEAR_LINE, stdout);
        else
            putchar(*at);
    fputs(on_terminal ? CLEAR_REST : "\n", stdout);
    fflush(stdout);
    free(page);
    return status;
}

static int draw_until_quit(int (*draw)(void *arg, FILE *out), void *arg, unsigned count,
                           bool has_keys)
{
    const bool on_terminal = isatty(STDOUT_FILENO) == 1;

    for (unsigned page = 1;; page++) {
        const int status = draw_page(draw, arg, on_terminal);
        if (page == 1 && status != 0)
            return status;
        if (page == count || wait_for_quit(has_keys))
            return 0;
    }
}

int ctl_top(int (*draw)(void *arg, FILE *out), void *arg, unsigned count)
{
    const struct sigaction quit = { .sa_handler = on_signal };
    struct termios before, raw;
    const bool has_keys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0;
    const bool on_terminal = isatty(STDOUT_FILENO) == 1;

    sigaction(SIGINT, &quit, NULL);
    sigaction(SIGTERM, &quit, NULL);
    if (has_keys) {
        raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    fputs(on_terminal ? ALT_SCREEN : "", stdout);
    const int status = draw_until_quit(draw, arg, count, has_keys);
    fputs(on_terminal ? MAIN_SCREEN : "", stdout);
    fflush(stdout);
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return status;
}
