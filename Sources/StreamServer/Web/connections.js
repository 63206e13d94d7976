// Which tabs may hold a connection. A browser opens six to an origin over HTTP/1.1, for all its tabs together, and a
// stream takes one as long as it lasts; so a few are left to everything else that a page asks for.

/** Streams of all tabs at the same time. */
const maximumStreams = 4;
/** How long a tab at which nobody looks keeps its stream, in milliseconds. */
const restAfterMs = 30000;

/** Takes one of the connections; gives what hands it back, or nothing where others hold them all. */
export async function takeConnection(base) {
  for (let number = 1; number <= maximumStreams; number++) {
    const release = await takeLock(`playhead connection ${number} ${base}`);
    if (release) return release;
  }
  return undefined;
}

function takeLock(name) {
  return new Promise((resolve, reject) => {
    const hold = (lock) => (lock ? new Promise((release) => resolve(release)) : resolve(undefined));
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}

/** Whether somebody looks at this tab, or did so a moment ago. */
export class Attention {
  #presence = new AbortController();
  #wake = () => {};

  /** @param {AbortSignal} ending  after which nobody asks any more */
  constructor(base, ending) {
    this.ending = ending;
    this.channel = new BroadcastChannel(`playhead connections ${base}`);
    // Somebody looks at another tab, for which no connection is left.
    this.channel.onmessage = () => globalThis.document?.hidden && this.#leave();
    ending.addEventListener("abort", () => {
      clearTimeout(this.timer);
      this.channel.close();
      this.#wake();
    });
    const page = globalThis.document;
    if (!page) return;
    const options = { signal: ending };
    page.addEventListener("visibilitychange", () => this.#look(), options);
    page.addEventListener("resume", () => this.#look(), options);
    // A page that is frozen, or kept for the way back, would keep a connection that it cannot read.
    page.addEventListener("freeze", () => this.#leave(), options);
    globalThis.addEventListener("pagehide", () => this.#leave(), options);
    globalThis.addEventListener("pageshow", () => this.#look(), options);
    this.#look();
  }

  get isPresent() {
    return !this.#presence.signal.aborted;
  }

  /** Waits for somebody to look at the tab; gives a signal that says when nobody has done so for a while. */
  async present() {
    while (!this.isPresent && !this.ending.aborted) await new Promise((wake) => (this.#wake = wake));
    return this.#presence.signal;
  }

  /** Asks the tabs at which nobody looks for their connections. */
  demand() {
    if (!this.ending.aborted && !globalThis.document?.hidden) this.channel.postMessage("wanted");
  }

  #look() {
    clearTimeout(this.timer);
    if (document.hidden) return (this.timer = setTimeout(() => this.#leave(), restAfterMs));
    if (!this.isPresent) this.#presence = new AbortController();
    this.#wake();
  }

  #leave() {
    clearTimeout(this.timer);
    this.#presence.abort();
  }
}
