// What was written for a session and is not known to be recorded. It outlives a reload of the page, with the key that
// makes it harmless to send it again.

import { idempotencyKey } from "./playhead.js";

/** The pauses before a message is sent again, in milliseconds. */
const pauses = { first: 1000, last: 15000 };

/** The draft of a session, and the last message of which nobody knows what became of it. */
export class Sent {
  #attempt;
  #tries = 0;
  #timer;

  /** @param {() => void} onRetry  sends the message again */
  constructor(session, onRetry) {
    Object.assign(this, { name: `playhead draft ${session}`, onRetry });
    const { text, key } = this.#stored();
    if (key) this.#attempt = { text, key, files: [] };
    this.draft = text ?? "";
  }

  /** True where a message was sent whose fate is not known. */
  get isOpen() {
    return this.#attempt !== undefined;
  }

  /** A text is being written, so what was sent before is not sent again by itself. */
  write(text) {
    clearTimeout(this.#timer);
    this.#store({ text });
  }

  /** The key of a message: the one it had before, where it is the same message. */
  begin(text, files) {
    clearTimeout(this.#timer);
    if (!this.isSame(text, files)) [this.#attempt, this.#tries] = [{ text, files, key: idempotencyKey() }, 0];
    // Files do not outlive a reload, and without them it would be another message.
    this.#store(files.length ? { text } : { text, key: this.#attempt.key });
    return this.#attempt.key;
  }

  isSame(text, files) {
    const last = this.#attempt;
    return last?.text === text && last.files.length === files.length && files.every((file, index) =>
      file === last.files[index]);
  }

  /** Sends it again after a while. */
  retry(leastMs = 0) {
    clearTimeout(this.#timer);
    const step = Math.min(pauses.last, pauses.first * 2 ** this.#tries++);
    this.#timer = setTimeout(this.onRetry, Math.max(leastMs, step * (0.8 + Math.random() * 0.4)));
  }

  /** It is recorded, or refused for good; `draft` is what stands in the box now. */
  settle(draft) {
    this.close();
    this.#attempt = undefined;
    this.#store({ text: draft });
  }

  close() {
    clearTimeout(this.#timer);
  }

  #stored() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name)) ?? {};
    } catch {
      return {};
    }
  }

  /** A browser that keeps nothing for the page forgets it with the page. */
  #store(value) {
    try {
      value.text ? sessionStorage.setItem(this.name, JSON.stringify(value)) : sessionStorage.removeItem(this.name);
    } catch {
      this.isForgetful = true;
    }
  }
}
