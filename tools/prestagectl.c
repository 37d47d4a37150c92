/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/prestagectl.c - the daemon's API from the command line.
 *
 * Every method is a command: its parameters, and how its result is shown, come from the daemon's
 * own description of itself (api.describe), so old clients show new methods.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/commands.h"

#define SOCKET_DEFAULT "/run/prestage/control.sock"

static const char usage[] =
    "usage: prestagectl [--socket PATH] [--json] COMMAND [NAME=VALUE ...]\n"
    "\n"
    "  status                 how the node is\n"
    "  predictions [limit=N]  what will be asked for next\n"
    "  predictions --why [MEDIA [PROFILE]]\n"
    "                         what makes them so; the best ones unless MEDIA is given\n"
    "  curves [MEDIA [PROFILE]] [region=N] [device=N] [limit=N]\n"
    "                         how much will be asked for in the next hour\n"
    "  queues [limit=N]       jobs, and what CU time went to\n"
    "  tier                   what the buffer holds and did\n"
    "  devices                cards and their compute units\n"
    "  nic                    each connected prestage-nic, and what it counts\n"
    "  media [limit=N] [prefix=TEXT]\n"
    "                         titles\n"
    "  ledger [limit=N]       what was made by prediction, and what became of it\n"
    "  media.add id=ID url=URL [tenant=NAME]\n"
    "                         add a title; also category=WORD sequel_of=ID born_s=N length_s=N\n"
    "  media.describe id=ID [category=WORD] [sequel_of=ID] [born_s=N] [length_s=N]\n"
    "                         say what is known of a title\n"
    "  looks.put media=ID due_in_s=N source=NAME [profile=NAME] [probability=P]\n"
    "                         say that a title will be wanted\n"
    "  cu.check cus=LIST [tenant=NAME] [card=N] [same_card=true]\n"
    "                         how often that could be reserved; LIST: KERNEL[:SHARE[xCOUNT]],...\n"
    "  pool.reserve cus=LIST [tenant=NAME] [card=N] [same_card=true] [ttl_s=N] [key=KEY]\n"
    "                         reserve it, all or nothing; a SHARE is of 1000000\n"
    "  pool.renew id=N [ttl_s=N]\n"
    "  pool.relinquish id=N   give it back\n"
    "  pool.list [limit=N] [id=N]\n"
    "                         what is reserved\n"
    "  peers export PEER      everything held of one peer: its address, or token or user name\n"
    "  peers erase PEER       forget it, in memory and on disk\n"
    "  peers opt-out PEER     forget it, and keep nothing of it from now on\n"
    "  peers opt-in PEER      take that back\n"
    "  agents enrol           a key for one more peer's agent: its key file, told once\n"
    "  agents revoke KEYID    take nothing more under one key\n"
    "  agents status          what came of the agents' datagrams\n"
    "  cluster                this edge among others: who is there, what was shared\n"
    "  token issue PEER MAY [NAME=VALUE ...]  print a token; MAY is put,fetch,create,view,node\n"
    "  token check TOKEN      what it allows, or why not; - reads it from standard input\n"
    "  token revoke ID        refuse all tokens of this id\n"
    "  token keys             which keys there are\n"
    "  token reload           read the key file as it is now\n"
    "  collections [limit=N]  mailboxes for peers that are open\n"
    "  collections.open media=ID [profile=NAME] [region=N] [messages=N] [age_s=N]\n"
    "                         open one, or give it other limits; .close closes it\n"
    "  collections.put media=ID ... body=TEXT\n"
    "  collections.fetch media=ID ... [after=N] [limit=N]\n"
    "  collections.ack media=ID ... id=N\n"
    "                         put, read and take messages; peer=NAME: a peer's answers\n"
    "  fault.show             faults in force on emulated cards, and those that fired\n"
    "  fault.set spec=FAULTS  break an emulated card on purpose; empty: no more\n"
    "  log.level level=error|warn|info|debug\n"
    "  shutdown               end the daemon\n"
    "  api                    every method of this daemon; --json: with types, roles and results\n"
    "  call METHOD [JSON]     any method, parameters and result as JSON\n"
    "  top                    status and queues, refreshed; q quits\n"
    "\n"
    "  --socket PATH  the daemon's control socket (" SOCKET_DEFAULT ")\n"
    "  --json         print JSON\n"
    "  --count N      pages of top before it ends\n"
    "  --hold         with pool.reserve: renew it, and give it back at Ctrl-C or when this ends\n"
    "  --why          with predictions: the factors of each, in words\n"
    "  --help         this; behind a command: its parameters and results, asked of the daemon\n"
    "\n"
    "exit status: 0 done, 1 the daemon refused, 2 wrong usage, 3 no daemon to talk to\n";

static int refuse_usage(const char *why)
{
    fprintf(stderr, "prestagectl: %s\n", why);
    return EXIT_USAGE;
}

static int run(struct ctl_session *session, char **words, bool help)
{
    const char *command = words[0];

    if (command == NULL || help)
        fputs(usage, help ? stdout : stderr);
    if (command == NULL)
        return help ? EXIT_OK : EXIT_USAGE;
    if (session->hold && strcmp(command, "pool.reserve") != 0)
        return refuse_usage("--hold goes with pool.reserve only");
    if (session->why && strcmp(command, "predictions") != 0)
        return refuse_usage("--why goes with predictions only");
    if (!help)
        return ctl_run(session, words);
    ctl_explain(session, command);
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "socket", required_argument, NULL, 's' },
        { "json", no_argument, NULL, 'j' },
        { "count", required_argument, NULL, 'n' },
        { "hold", no_argument, NULL, 'o' },
        { "why", no_argument, NULL, 'w' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    struct ctl_session session = { .socket = SOCKET_DEFAULT, .fd = -1 };
    bool help = false;
    int option;

    while ((option = getopt_long(argc, argv, "s:jn:h", options, NULL)) != -1) {
        if (option == 's')
            session.socket = optarg;
        else if (option == 'j')
            session.json = true;
        else if (option == 'n')
            session.count = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'o')
            session.hold = true;
        else if (option == 'w')
            session.why = true;
        else if (option == 'h')
            help = true;
        else
            return EXIT_USAGE;
    }
    const int status = run(&session, argv + optind, help);
    ctl_session_fini(&session);
    return fflush(stdout) == 0 ? status : EXIT_NO_DAEMON;
}
