// One connection for all tabs that follow a session.

import { Attention, takeConnection } from "./connections.js";
import { logChanged } from "./errors.js";

/** How often a tab for which no connection is left reads what is new, in milliseconds. */
const lookAgainMs = 1500;
/** Frames that wait for a slow reader, and messages of other tabs that wait to be read. */
const maximumWaiting = 5000;

/** Which of two positions is the later one: negative, zero or positive. */
export function comparePositions(first, second) {
  const [a, b] = [first, second].map((position) => String(position).split(".").map(Number));
  return a[0] - b[0] || (a[1] ?? Infinity) - (b[1] ?? Infinity) || 0;
}

/**
 * One stream for all tabs. The tab that holds the lock has the connection and tells the others what it receives, each
 * frame with the position before it; a tab that sees a gap reads it from the log. When the holder goes, or nobody looks
 * at it any more, the next takes over.
 */
export class SharedStream {
  #waiting = [];
  #heard = 0;
  #isBehind = false;
  #isLeading = false;
  #wake = () => {};
  #makeRoom = () => {};
  #position;
  #work = Promise.resolve();
  #ending = new AbortController();
  #failure;

  constructor(client, session, options) {
    Object.assign(this, { client, session, options, log: options.log });
    this.#position = String(options.after ?? 0);
    this.name = `playhead ${client.base} ${session}`;
  }

  async * deliveries() {
    const { signal } = this.options;
    if (signal?.aborted) return;
    const ending = this.#ending;
    signal?.addEventListener("abort", () => ending.abort(), { signal: ending.signal });
    ending.signal.addEventListener("abort", () => (this.#wake(), this.#makeRoom()));
    this.attention = new Attention(this.client.base, ending.signal);
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.#listen(data, ending.signal);
    let isOver = false;
    const turn = this.#takeTurns(ending.signal)
      .catch((error) => (this.#failure ??= ending.signal.aborted ? undefined : error))
      .then(() => ((isOver = true), this.#wake()));
    try {
      for (;;) {
        while (this.#waiting.length && !ending.signal.aborted) {
          yield this.#waiting.shift();
          this.#makeRoom();
        }
        if (isOver || ending.signal.aborted) break;
        await new Promise((resolve) => (this.#wake = resolve));
      }
      if (this.#failure) throw this.#failure;
    } finally {
      ending.abort();
      this.channel.close();
      await turn;
    }
  }

  /** Ends it at once: what waits to be delivered is of no use. */
  #fail(error) {
    this.#failure ??= error;
    this.#ending.abort();
  }

  /** Reads what was missed and waits for the lock, whenever somebody looks at the tab, until the stream is finished. */
  async #takeTurns(ending) {
    while (!ending.aborted) {
      const signal = AbortSignal.any([ending, await this.attention.present()]);
      this.#work = this.#work.then(() => this.#catchUp(signal));
      try {
        await navigator.locks.request(this.name, { signal }, () => this.#work.then(() => this.#lead(signal)));
        if (!signal.aborted) return;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #deliver(id, frame, signal) {
    while (this.#waiting.length >= maximumWaiting && !signal.aborted) {
      await new Promise((resolve) => (this.#makeRoom = resolve));
    }
    if (signal.aborted) return;
    this.#position = id;
    this.#waiting.push({ id, frame });
    this.#wake();
  }

  async #lead(signal) {
    this.#isLeading = true;
    await this.#readOn(signal).finally(() => (this.#isLeading = false));
  }

  async #readOn(signal) {
    while (!signal.aborted) {
      const release = await takeConnection(this.client.base);
      try {
        await this.#pass(release ? "session" : "none", signal);
        if (release) return;
      } finally {
        release?.();
      }
      this.attention.demand();
      await pause(lookAgainMs, signal);
    }
  }

  /** Delivers what a stream has, here and to the other tabs. */
  async #pass(follow, signal) {
    const onStatus = (status) => {
      this.#note(status);
      if (!signal.aborted) this.channel.postMessage({ status });
    };
    const options = { ...this.options, after: this.#position, log: this.log, follow, signal, onStatus };
    for await (const { id, frame } of this.client.stream(this.session, options)) {
      const previous = this.#position;
      await this.#deliver(id, frame, signal);
      if (!signal.aborted) this.channel.postMessage({ previous, id, frame });
    }
  }

  #note(status) {
    this.log = status.log ?? this.log;
    this.options.onStatus?.(status);
  }

  /** Takes what another tab says, in its order; what is too much is read from the log afterwards. */
  #listen(data, signal) {
    if (this.#heard >= maximumWaiting) return (this.#isBehind = true);
    this.#heard += 1;
    this.#work = this.#work.then(() => this.#hear(data, signal)).finally(() => {
      this.#heard -= 1;
      if (this.#heard || !this.#isBehind) return;
      this.#isBehind = false;
      this.#work = this.#work.then(() => this.#catchUp(signal));
    });
  }

  async #hear({ previous, id, frame, status }, signal) {
    // What the one who led before says late comes from the log as well.
    if (signal.aborted || this.#isLeading) return;
    // The one who leads has begun anew; what this tab has is of the log before.
    if (status?.log && this.log && status.log !== this.log) return this.#fail(logChanged());
    if (status) return this.#note(status);
    if (comparePositions(id, this.#position) <= 0) return;
    // A frame may reach over the place where this tab is, in either direction: then the log says what comes next.
    // A tab at which nobody looks reads it once somebody does.
    if (comparePositions(previous, this.#position) !== 0) return this.attention.isPresent && this.#catchUp(signal);
    await this.#deliver(id, frame, signal);
  }

  /**
   * Reads what is recorded already; a refusal is left to the one who leads. Its status is of interest only where the
   * server has to be waited for.
   */
  async #catchUp(signal) {
    if (this.#isLeading) return;
    let isWaiting = false;
    const onStatus = (status) => {
      isWaiting ||= status.attempt > 0;
      if (isWaiting) this.#note(status);
      else this.log = status.log ?? this.log;
    };
    try {
      const options = { after: this.#position, log: this.log, follow: "none", signal, onStatus };
      for await (const { id, frame } of this.client.stream(this.session, options))
        await this.#deliver(id, frame, signal);
    } catch (error) {
      if (error.name !== "PlayheadError") throw error;
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
