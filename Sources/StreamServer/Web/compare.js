// Two sessions side by side, and where they part.

import { element } from "./elements.js";
import { say } from "./language.js";
import { problemOf } from "./problems.js";
import { SessionView } from "./session.js";

/** What may differ between two runs of one question without a difference in what happened. */
const timings = new Set(["duration_ms", "time_to_first_token_ms", "idempotency_key"]);

/** Shows two sessions. */
export class Comparison {
  constructor(client, first, second, options) {
    this.sides = [first, second].map((session) => new SessionView(client, session, { ...options,
    isReadOnly: true }));
    this.verdict = element("p", { class: "verdict", role: "status" }, say("loading"));
    this.node = element("div", { class: "comparison" },
      element("header", { class: "comparison-head" }, this.verdict,
        element("button", { type: "button", class: "text-button", onclick: () => options.onEnd(first) }, say(
          "endCompare"))),
      element("div", { class: "sides" }, this.sides.map((side) => side.node)));
  }

  async open() {
    await Promise.all(this.sides.map((side) => side.open()));
    try {
      await Promise.all(this.sides.map((side) => side.loadEvents()));
    } catch (error) {
      this.verdict.textContent = say("failedToLoad", problemOf(error));
      return;
    }
    const offset = partingOffset(...this.sides.map((side) => side.folder.events));
    this.verdict.textContent = offset === undefined ? say("same") : say("parts", offset - 1, offset);
    if (offset !== undefined) this.verdict.dataset.offset = offset;
  }

  close() {
    for (const side of this.sides) side.close();
  }
}

/** The first offset at which two sessions differ in more than names and times. */
export function partingOffset(first, second) {
  const length = Math.max(first.length, second.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [first[index], second[index]];
    if (!a || !b || a.kind !== b.kind || a.cause !== b.cause || essence(a.body) !== essence(b.body)) return index + 1;
  }
  return undefined;
}

const essence = (body) => JSON.stringify(body, (key, value) => (timings.has(key) ? undefined : value));
