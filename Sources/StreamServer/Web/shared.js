// One connection for all tabs that follow a session.

/** Which of two positions is the later one: negative, zero or positive. */
export function comparePositions(first, second) {
  const [a, b] = [first, second].map((position) => String(position).split(".").map(Number));
  return a[0] - b[0] || (a[1] ?? Infinity) - (b[1] ?? Infinity) || 0;
}

/**
 * One stream for all tabs. The tab that holds the lock has the connection and tells the others what it receives, each
 * frame with the position before it; a tab that sees a gap reads it from the log. When the holder goes, the next takes
 * over.
 */
export class SharedStream {
  #waiting = [];
  #wake = () => {};
  #position;
  #work = Promise.resolve();

  constructor(client, session, options) {
    Object.assign(this, { client, session, options });
    this.#position = String(options.after ?? 0);
  }

  async * deliveries() {
    const name = `playhead ${this.client.base} ${this.session}`;
    const ending = new AbortController();
    this.options.signal?.addEventListener("abort", () => ending.abort());
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => (this.#work = this.#work.then(() => this.#hear(data, ending.signal)));
    this.#work = this.#work.then(() => this.#catchUp(ending.signal));
    let [failure, isOver] = [undefined, false];
    const turn = navigator.locks
      .request(name, { signal: ending.signal }, () => this.#work.then(() => this.#lead(ending.signal)))
      .catch((error) => (failure = ending.signal.aborted ? undefined : error))
      .then(() => ((isOver = true), this.#wake()));
    try {
      for (;;) {
        while (this.#waiting.length) yield this.#waiting.shift();
        if (isOver || ending.signal.aborted) break;
        await new Promise((resolve) => (this.#wake = resolve));
      }
      if (failure) throw failure;
    } finally {
      ending.abort();
      this.channel.close();
      await turn;
    }
  }

  #deliver(id, frame) {
    this.#position = id;
    this.#waiting.push({ id, frame });
    this.#wake();
  }

  async #lead(signal) {
    const onStatus = (status) => {
      this.options.onStatus?.(status);
      if (!signal.aborted) this.channel.postMessage({ status });
    };
    const options = { ...this.options, after: this.#position, signal, onStatus };
    for await (const { id, frame } of this.client.stream(this.session, options)) {
      const previous = this.#position;
      this.#deliver(id, frame);
      if (!signal.aborted) this.channel.postMessage({ previous, id, frame });
    }
  }

  async #hear({ previous, id, frame, status }, signal) {
    if (signal.aborted) return;
    if (status) return this.options.onStatus?.(status);
    if (comparePositions(id, this.#position) <= 0) return;
    // A frame may reach over the place where this tab is, in either direction: then the log says what comes next.
    if (comparePositions(previous, this.#position) !== 0) return this.#catchUp(signal);
    this.#deliver(id, frame);
  }

  /** Reads what is recorded already; a refusal is left to the one who leads, a cut to the next frame. */
  async #catchUp(signal) {
    try {
      const options = { after: this.#position, follow: "none", signal };
      for await (const { id, frame } of this.client.stream(this.session, options)) this.#deliver(id, frame);
    } catch (error) {
      if (error.name !== "PlayheadError") throw error;
    }
  }
}
