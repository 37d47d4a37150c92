// SPDX-License-Identifier: BSD-3-Clause
// collections.js - a small client of prestage's message collections for browsers; no framework.
//
//     import { Collections, resource, peer } from "./collections.js";
//     const mail = new Collections("https://edge.example", token);
//
// Ask for a session and hear the answers:
//     mail.listen(peer("alice"), (message) => ...);
//     await mail.put(resource("film", "hd"), offer);
// Serve one: whoever claims a request first has it, and may from then on write to its sender:
//     mail.listen(resource("film", "hd"), async (message) => {
//         if (await mail.claim(resource("film", "hd"), message))
//             await mail.put(peer(message.from), answer);
//     });
//
// The one who asks needs a token with `put`, the one who serves one with `fetch` and `put`. Bodies
// are strings; what is none is sent as JSON, and `message.json()` reads it. The paths and status
// codes are described in docs/collections.md.

export const resource = (media, profile, region) => ({
    path: `/c/r/${encodeURIComponent(media)}/${encodeURIComponent(profile)}`,
    query: region === undefined ? {} : { region },
});
export const peer = (name) => ({ path: `/c/p/${encodeURIComponent(name)}`, query: {} });

// A refusal: `status` of HTTP, `error` in a word (docs/collections.md), `expected` with "order".
export class CollectionError extends Error {
    constructor(status, reply) {
        super(`${status} ${reply.error || ""}`);
        this.status = status;
        this.error = reply.error;
        this.expected = reply.expected;
        this.retryMs = reply.retry_ms;
    }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function read(message) {
    const body = message.body64 === undefined
        ? message.body
        : Uint8Array.from(atob(message.body64), (c) => c.charCodeAt(0));
    return { ...message, body, json: () => JSON.parse(body) };
}

export class Collections {
    // `retries`: how often to try again what was refused for a while, or got no answer.
    constructor(base, token, { retries = 5 } = {}) {
        this.base = base.replace(/\/$/, "");
        this.token = token;
        this.retries = retries;
        this.sequences = new Map(); // the number of the last message put, by path
        this.queues = new Map(); // puts to one place go one after the other, as they are numbered
    }

    url(place, query = {}, more = "") {
        const all = new URLSearchParams({ ...place.query, ...query });
        return `${this.base}${place.path}${more}${all.size > 0 ? `?${all}` : ""}`;
    }

    // One request, tried again while that may help. Returns the reply's JSON, or null without one.
    async ask(method, url, body, signal) {
        for (let tries = 0; ; tries++) {
            let wait = 100 * 2 ** tries;
            let failure;
            try {
                const headers = { Authorization: `Bearer ${this.token}` };
                if (body !== undefined)
                    headers["Content-Type"] = "application/json";
                const reply = await fetch(url, {
                    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
                });
                const text = await reply.text();
                if (reply.ok)
                    return text === "" ? null : JSON.parse(text);
                let said = {};
                try {
                    said = JSON.parse(text);
                } catch { /* a proxy's words */ }
                failure = new CollectionError(reply.status, said);
                if (failure.retryMs === undefined)
                    tries = this.retries; // asking again would not help
                else
                    wait = failure.retryMs;
            } catch (error) {
                if (signal !== undefined && signal.aborted)
                    throw error;
                failure = error; // of the network
            }
            if (tries >= this.retries)
                throw failure;
            await pause(wait);
        }
    }

    // Put a message. Messages of one sender arrive in order and none twice: each has a number, so
    // that one can be sent again when its answer was lost. Returns its id.
    put(place, body) {
        const before = this.queues.get(place.path) || Promise.resolve();
        const put = before.catch(() => {}).then(() => this.putNext(place, body));
        this.queues.set(place.path, put);
        return put;
    }

    async putNext(place, body) {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        // A page that was loaded anew begins above what it may have used before.
        const last = this.sequences.get(place.path);
        let sequence = last === undefined ? Date.now() : last + 1;
        for (let tries = 0; ; tries++) {
            try {
                const reply = await this.ask("POST", this.url(place), { body: text, sequence });
                this.sequences.set(place.path, sequence);
                return reply.id;
            } catch (error) {
                if (error.error !== "order" || tries > 0)
                    throw error;
                sequence = error.expected;
            }
        }
    }

    // What is there after a cursor; waits up to `wait` seconds for something.
    async fetch(place, { after = 0, max = 64, wait = 0, signal } = {}) {
        const reply = await this.ask("GET", this.url(place, { after, max, wait }), undefined, signal);
        return { messages: reply.messages.map(read), cursor: reply.cursor };
    }

    // Call `hear` with each message from now on; returns a function that ends this. `failed` is
    // told what ended it otherwise. Server-sent events, whose connection comes back by itself.
    listen(place, hear, { after = 0, failed = () => {} } = {}) {
        const events = new EventSource(this.url(place, { after, access_token: this.token }));
        events.onmessage = (event) => hear(read(JSON.parse(event.data)), event.lastEventId);
        events.onerror = () => {
            if (events.readyState === EventSource.CLOSED)
                failed(new Error(`refused: ${place.path}`));
        };
        return () => events.close();
    }

    // The same by long poll, for what cannot have event streams.
    poll(place, hear, { after = 0, wait = 30, failed = () => {} } = {}) {
        const end = new AbortController();
        const run = async () => {
            let cursor = after;
            while (!end.signal.aborted) {
                const reply = await this.fetch(place, { after: cursor, wait, signal: end.signal });
                cursor = reply.cursor;
                reply.messages.forEach((message) => hear(message, cursor));
            }
        };
        run().catch((error) => {
            if (!end.signal.aborted)
                failed(error);
        });
        return () => end.abort();
    }

    // Take a message out for everybody. True: nobody was faster; its sender hears our answers now.
    async claim(place, message) {
        try {
            await this.ask("DELETE", this.url(place, {}, `/${message.id}`));
            return true;
        } catch (error) {
            if (error.error === "gone")
                return false;
            throw error;
        }
    }
}
