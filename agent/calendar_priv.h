/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/calendar_priv.h - appointments out of iCalendar and XMLTV texts.
 *
 * Of iCalendar (RFC 5545): VEVENT with DTSTART, DTEND or DURATION's absence, RRULE of DAILY or
 * WEEKLY with INTERVAL, COUNT, UNTIL and BYDAY of plain days, STATUS:CANCELLED, and whose title it
 * is: X-PRESTAGE-MEDIA, else its SUMMARY in the list of names. What repeats by other rules is taken
 * once. Appointments of whole days are left out, and so are exceptions (EXDATE).
 * Of XMLTV: programme with start, stop and title.
 *
 * Threads: one at a time.
 */
#ifndef PS_AGENT_CALENDAR_PRIV_H
#define PS_AGENT_CALENDAR_PRIV_H

#include "agent/event_priv.h"

/* Each replaces what is there. @return How many entries were not understood, had no id or did not
 * fit. */
uint32_t psa_calendar_read(struct psa_events *events, const struct psa_names *names,
                           struct psa_text text);
uint32_t psa_epg_read(struct psa_events *events, const struct psa_names *names,
                      struct psa_text text);

#endif
