// The client of a Playhead server, for browsers: typed frames that resume by themselves.
//
//   import { PlayheadClient } from "/playhead.js";
//   const client = new PlayheadClient();
//   await client.send("xiaomei", "demo", [{ content_type: "text", content: "你好" }]);
//   for await (const { id, frame } of client.follow("demo")) console.log(id, frame.type, frame.content);
//
// A position is an offset, or `17.6`: six UTF-8 bytes of event 17 were delivered. A stream that is cut is continued
// after the last position, so that no frame is lost or seen twice. A clean end of the body means that nothing will
// follow.

import { PlayheadError, jsonOf, logChanged, parsed } from "./errors.js";
import { SharedStream } from "./shared.js";

export { PlayheadError };

/**
 * @typedef {"user_message"|"ai_message"|"tool_message"|"run"|"node"|"custom"|"error"} FrameType
 * @typedef {Object} FrameMetadata
 * @property {string} role
 * @property {boolean} display
 * @property {boolean} streaming  `content` is to be appended
 * @property {boolean} final_response  `content` is the whole text
 * @property {string} [node_name]
 * @property {number} [run]  offset of `run.started`
 * @property {number} [message]  offset of `message.started` or `message.received`
 * @property {string} [status]
 * @property {number} [supersedes]  the abandoned message whose text is to be dropped
 * @typedef {{type: FrameType, content: any, message_type: string, metadata: FrameMetadata}} Frame
 * @typedef {{id: string, frame: Frame}} Delivery
 * @typedef {{session: string, offset: number, position: number, at: string, kind: string, v: number, cause?: number,
 *   body: any}} RecordedEvent
 * @typedef {{state: "connecting"|"open"|"waiting", resumedAt?: string, attempt?: number, log?: string}} StreamStatus
 * @typedef {{after?: string|number, follow?: "run"|"session"|"none", pace?: string|number, signal?: AbortSignal,
 *   log?: string, onStatus?: (status: StreamStatus) => void}} StreamOptions  `log`: the incarnation of the log that
 *   `after` is a position in, where it is known (`Playhead-Log`)
 */

const limits = {
  /** The pauses between attempts to connect, in milliseconds. */
  firstRetryMs: 250,
  lastRetryMs: 5000,
  /** Three heartbeats: a connection that is silent for longer is dead. */
  silenceMs: 45000,
  /** Characters of one line; a longer one is no frame of ours. */
  lineLength: 32 << 20,
};

/** Final: the same line would come again after each reconnect. */
const lineTooLong = () => new PlayheadError(200, {
  code: "line_too_long",
  message: `a line of the stream is longer than ${limits.lineLength} characters`,
  hint: "is the address that of a Playhead server?",
});

/** Splits the text of an event stream into messages (HTML standard, section 9.2.6). */
export class EventStreamParser {
  #rest = "";
  #hasReturned = false;
  #data = [];
  #id = "";

  /** @returns {{id: string, data: string, retry?: number}[]} the messages that `text` completes */
  feed(text) {
    if (text === "") return [];
    // The second half of a line's end, whose carriage return has ended the line already.
    const begin = this.#hasReturned && text.startsWith("\n") ? 1 : 0;
    this.#hasReturned = text.endsWith("\r");
    // Only what is new is searched: a long line comes in many pieces.
    const lines = text.slice(begin).split(/\r\n|\n|\r/);
    const rest = lines.pop();
    const messages = [];
    for (const line of lines) {
      this.#take(this.#rest + line, messages);
      this.#rest = "";
    }
    this.#rest += rest;
    if (this.#rest.length > limits.lineLength) throw lineTooLong();
    return messages;
  }

  #take(line, messages) {
    if (line === "") {
      if (this.#data.length) messages.push({ id: this.#id, data: this.#data.join("\n") });
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") this.#data.push(value);
    if (name === "id" && !value.includes("\0")) this.#id = value;
    if (name === "retry" && /^\d+$/.test(value)) messages.push({ id: this.#id, data: "", retry: Number(value) });
  }
}

/** A key that makes a repeated post harmless; `randomUUID` is missing where the page did not come from loopback. */
export function idempotencyKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Talks to one server. */
export class PlayheadClient {
  constructor(base = "") {
    this.base = base;
  }

  /**
   * Requests JSON.
   * @throws {PlayheadError} where the server refuses, or answers with something else
   * @throws {TypeError} where it cannot be reached
   */
  async json(path, options = {}) {
    const headers = { accept: "application/json", ...options.headers };
    return jsonOf(await fetch(this.base + path, { ...options, headers }));
  }

  /** @returns {Promise<{name: string, title: string, nodes: string[]}[]>} */
  async chatbots() {
    return (await this.json("/chatbots")).chatbots;
  }

  sessions(limit = 100, before) {
    return this.json(`/sessions?limit=${limit}${before ? `&before=${before}` : ""}`);
  }

  /** The projection, now or as it stood at an offset. */
  state(session, at) {
    return this.json(`/sessions/${encodeURIComponent(session)}${at === undefined ? "" : `/state?at=${at}`}`);
  }

  /** One page of raw events. @returns {Promise<{events: RecordedEvent[], head: number, next: number}>} */
  events(session, after = 0, limit = 5000, signal) {
    return this.json(`/sessions/${encodeURIComponent(session)}/events?after=${after}&limit=${limit}`, { signal });
  }

  /**
   * Posts a message, as a list of contents or as a form with files, and returns once it is recorded.
   * @returns {Promise<{session: string, message: number, after: number}>}
   */
  async send(chatbot, session, contents, { key = idempotencyKey(), whenBusy = "reject", signal } = {}) {
    const headers = { prefer: "respond-async", "idempotency-key": key };
    const isForm = contents instanceof FormData;
    if (!isForm) headers["content-type"] = "application/json";
    const path =
    `/chatbots/${encodeURIComponent(chatbot)}/chat/${encodeURIComponent(session)}?when_busy=${whenBusy}`;
    const body = isForm ? contents : JSON.stringify({ contents });
    return this.json(path, { method: "POST", headers, body, signal });
  }

  /** Stops the run in progress; its partial answer is kept. */
  cancel(session) {
    return this.json(`/sessions/${encodeURIComponent(session)}/cancel`, { method: "POST" });
  }

  /** Ends a session. */
  close(session) {
    return this.json(`/sessions/${encodeURIComponent(session)}/close`, { method: "POST" });
  }

  /** What a message carries, with the type that the message names: the server gives bytes only. */
  async attachment(sha256, type = "") {
    const response = await fetch(`${this.base}/attachments/${sha256}`);
    if (!response.ok) throw await PlayheadError.of(response);
    return new Blob([await response.arrayBuffer()], { type });
  }

  /**
   * The frames after a position, then live ones; reconnects by itself until the stream is finished or aborted. An
   * abort ends it without an error; a refusal that will not pass is thrown.
   * @param {string} session
   * @param {StreamOptions} options
   * @returns {AsyncGenerator<Delivery>}
   * @throws {PlayheadError}
   */
  async * stream(session, { after = 0, follow = "session", pace, log, signal, onStatus = () => {} } = {}) {
    const path = `${this.base}/sessions/${encodeURIComponent(session)}/events`;
    const query = new URLSearchParams({ follow, ...(pace === undefined ? {} : { pace }) });
    let [position, attempt, isFirst, retryMs] = [String(after), 0, true, limits.firstRetryMs];
    while (!signal?.aborted) {
      onStatus({ state: isFirst ? "connecting" : "waiting", attempt });
      const cut = new AbortController();
      const abort = () => cut.abort();
      signal?.addEventListener("abort", abort);
      let [watchdog, retryAfterMs] = [undefined, 0];
      const watch = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(abort, limits.silenceMs);
      };
      try {
        watch();
        const headers = { accept: "text/event-stream", ...(isFirst ? {} : { "last-event-id": position }) };
        if (isFirst) query.set("after", position);
        const response = await fetch(`${path}?${query}`, { headers, signal: cut.signal, cache: "no-store" });
        if (response.status === 204) return;
        log = await streamOf(response, log);
        onStatus({ state: "open", log, ...(isFirst ? {} : { resumedAt: position }) });
        isFirst = false;
        const parser = new EventStreamParser();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          watch();
          // Only what sends something is back: whoever takes connections and cuts them is asked less and less.
          attempt = 0;
          for (const message of parser.feed(value)) {
            if (message.retry !== undefined) retryMs = message.retry;
            if (!message.data) continue;
            const frame = parsed(message.data);
            position = message.id;
            yield { id: position, frame };
          }
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof PlayheadError && !error.isTemporary) throw error;
        retryAfterMs = error.retryAfterMs ?? 0;
        isFirst = false;
      } finally {
        clearTimeout(watchdog);
        signal?.removeEventListener("abort", abort);
        cut.abort();
      }
      onStatus({ state: "waiting", attempt: ++attempt });
      const step = Math.max(limits.firstRetryMs, retryMs / 4) * 2 ** (attempt - 1);
      await pause(Math.min(limits.lastRetryMs, step), retryAfterMs, signal);
    }
  }

  /**
   * As `stream`, but all tabs of a browser that follow one session share one connection, and a tab at which nobody
   * looks gives its own up: HTTP/1.1 has six for an origin. What does not follow the session is not shared.
   * @returns {AsyncGenerator<Delivery>}
   * @throws {PlayheadError}
   */
  async * follow(session, options = {}) {
    const isShared = (options.follow ?? "session") === "session" && globalThis.BroadcastChannel && globalThis.navigator
      ?.locks;
    yield* isShared ? new SharedStream(this, session, options).deliveries() : this.stream(session, options);
  }
}

/** Makes sure that an answer is a stream of the log that the position is from; gives the log's incarnation. */
async function streamOf(response, log) {
  if (!response.ok) throw await PlayheadError.of(response);
  if (!/^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "")) {
    throw new PlayheadError(response.status, {
      code: "not_an_event_stream",
      message: "the server answered with something that is no stream of events",
      hint: "is the address that of a Playhead server?",
    });
  }
  const found = response.headers.get("playhead-log") ?? log;
  if (log !== undefined && found !== log) throw logChanged(response.status);
  return found;
}

/** Waits, but not beyond the moment at which the network is back, and never less than the server asked for. */
function pause(milliseconds, leastMs, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", isBack);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const isBack = () => leastMs || end();
    const timer = setTimeout(end, Math.max(leastMs, milliseconds * (0.8 + Math.random() * 0.4)));
    globalThis.addEventListener?.("online", isBack);
    signal?.addEventListener("abort", end);
  });
}
