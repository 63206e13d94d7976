// What the server can prove about a session: whether what is recorded is what was recorded, and a file that shows it to
// others. A server without audit has neither, and the page then offers neither.

import { element, icon, outsideText } from "./elements.js";
import { plain, say } from "./language.js";
import { problemOf } from "./problems.js";

/** Whether the server audits, asked once. */
let audits;
const isAudited = (client) => (audits ??= fetch(`${client.base}/audit/key`).then(({ ok }) => ok, () => {
  // A server that could not be reached has not said no.
  audits = undefined;
  return false;
}));

/** The verdict on one session, and the buttons that ask for it. `onChange()` hears of a new verdict. */
export class Proof {
  constructor({ client, session, onChange }) {
    Object.assign(this, { client, session, onChange });
    this.path = `/sessions/${encodeURIComponent(session)}`;
    this.result = element("span", { class: "verdict", role: "status" });
    this.button = element("button", { type: "button", class: "text-button", onclick: () => this.verify() },
      say("verify"));
    this.node = element("div", { class: "proof", hidden: true }, this.result, this.button,
      element("a", { href: `${client.base}${this.path}/export`, download: `${session}.playhead`, class: "text-button" },
        say("export")));
    isAudited(client).then((isThere) => (this.isThere = isThere, this.node.hidden = !isThere, onChange()));
  }

  /** Asks the server to follow the session's chain to its end. */
  async verify() {
    this.button.disabled = true;
    try {
      this.verdict = await this.client.json(`${this.path}/verify`);
      const { status, first_bad_offset: bad, sealed, events } = this.verdict;
      const isSound = status === "verified";
      const text = isSound ? say("verified", plain(events), plain(sealed)) : say("changed", bad ?? "?");
      this.result.replaceChildren(icon(isSound ? "done" : "fail"), outsideText(text));
      this.result.className = `verdict is-${isSound ? "sound" : "changed"}`;
      this.result.title = this.verdict.findings.map((finding) => finding.message).join("\n");
    } catch (error) {
      this.verdict = undefined;
      this.result.replaceChildren(outsideText(problemOf(error)));
      this.result.className = "verdict is-changed";
    } finally {
      this.button.disabled = false;
    }
    this.onChange();
  }

  /** What is known of the event at an offset, in words. */
  of(offset) {
    if (!this.verdict) return say("notVerified");
    const { events, sealed, first_bad_offset: bad, status } = this.verdict;
    if (status !== "verified" && (bad === undefined || offset >= bad)) return say("doesNotFit", bad ?? "?");
    if (offset <= sealed) return say("sealed");
    return offset <= events ? say("notSealed") : say("notVerified");
  }
}
