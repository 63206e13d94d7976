// A line at the foot of a session: what becomes of its connection.

import { element } from "./elements.js";
import { say } from "./language.js";

/** How long a notice stays, in milliseconds. */
const noticeMs = 6000;

/** What is said for a while, or for as long as the server is waited for. */
export class Notice {
  #timer;
  node = element("p", { class: "notice", role: "status", hidden: true });

  /** Says something for a while. */
  say(text) {
    this.#show(text, false);
    this.#timer = setTimeout(() => (this.node.hidden = true), noticeMs);
  }

  /** Says that the server is waited for, until `answered` is told. */
  wait() {
    this.#show(say("reconnecting"), true);
  }

  /** The server has answered, whatever it said. */
  answered() {
    if (this.node.classList.contains("is-waiting")) this.node.hidden = true;
  }

  #show(text, isWaiting) {
    clearTimeout(this.#timer);
    this.node.textContent = text;
    this.node.hidden = false;
    this.node.classList.toggle("is-waiting", isWaiting);
  }
}
