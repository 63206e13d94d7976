// The event under the playhead as it was recorded, with what caused it.

import { element, outsideText } from "./elements.js";
import { duration, say } from "./language.js";

/** The panel of one event. `onSeek(offset)` follows a cause. */
export class Inspector {
  constructor({ folder, proof, onSeek }) {
    Object.assign(this, { folder, proof, onSeek });
    this.node = element("section", { class: "inspector", "aria-label": say("inspect"), hidden: true });
  }

  /** Shows the event at an offset. */
  show(offset) {
    if (this.node.hidden) return;
    const event = this.folder.at(offset);
    const proof = this.proof.isThere && event ? this.proof.of(event.offset) : undefined;
    if (this.shown === event && this.shownProof === proof && event) return;
    [this.shown, this.shownProof] = [event, proof];
    if (!event) return this.node.replaceChildren(element("p", { class: "quiet" }, offset ? say("loading") : say(
      "lookingAt", 0, this.folder.head)));
    const since = Date.parse(event.at) - Date.parse(this.folder.at(1).at);
    this.node.replaceChildren(
      element("header", {}, element("span", { class: `kind kind-${event.kind.split(".")[0]}` }, event.kind),
        element("span", { class: "quiet" }, `${event.session} @ ${event.offset}`)),
      element("dl", {},
        element("dt", {}, say("recordedAt")), element("dd", {}, element("time", { datetime: event.at }, event.at),
          element("small", { class: "quiet" }, say("sinceStart", duration(since)))),
        element("dt", {}, say("causeChain")), element("dd", { class: "chain" }, this.#chain(event)),
        element("dt", {}, say("position")), element("dd", {}, String(event.position)),
        ...(proof ? [element("dt", {}, say("proof")), element("dd", {}, proof)] : [])),
      outsideText(event.body === null ? say("erased") : JSON.stringify(event.body, null, 2), "pre", { class: "body",
        tabindex: 0, "aria-label": say("body") }));
  }

  #chain(event) {
    return this.folder.chain(event.offset).reverse().flatMap((cause, index) => [
      index > 0 && element("span", { class: "arrow", "aria-hidden": "true" }, "→"),
      element("button", {
        type: "button",
        class: "text-button",
        "aria-current": cause === event ? "true" : undefined,
        onclick: () => this.onSeek(cause.offset),
      }, `${cause.offset} ${cause.kind}`),
    ]);
  }
}
