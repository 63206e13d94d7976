// What an agent says, as it grows.

import { element, icon, iconButton, outsideText, showText } from "./elements.js";
import { duration, nameOf, say } from "./language.js";

/** An agent's message in a conversation. */
export class AnswerItem {
  constructor({ onRetry }) {
    this.text = outsideText("", "div", { class: "text", dir: "auto" });
    this.note = element("p", { class: "answer-note", hidden: true });
    this.copyButton = iconButton("copy", say("copy"), () => this.#copy());
    this.tools = element("div", { class: "answer-tools", hidden: true }, this.copyButton,
      onRetry && iconButton("retry", say("retry"), () => onRetry(this.message)),
      this.details = element("span", { class: "quiet" }));
    this.author = element("header", { class: "author" });
    this.avatar = element("span", { class: "avatar", "aria-hidden": "true" });
    this.node = element("article", { class: "answer" }, this.avatar,
      element("div", { class: "answer-body" }, this.author, this.text, this.note, this.tools));
  }

  update(message) {
    this.message = message;
    const { status, text, is_superseded: isSuperseded } = message;
    this.node.hidden = isSuperseded === true;
    showText(this.text, text);
    const signature = `${status} ${message.time_to_first_token_ms} ${text === ""}`;
    if (signature === this.signature) return;
    this.signature = signature;
    const author = message.node ? nameOf(message.node) : message.agent ?? message.role ?? "";
    showText(this.author, author);
    showText(this.avatar, message.node === "character_advisor" ? "美" : [...author][0]?.toUpperCase() ?? "");
    this.node.classList.toggle("is-streaming", status === "streaming");
    const note = { interrupted: say("interrupted"), rejected: say("rejected") } [status];
    this.note.hidden = !note;
    this.note.textContent = note ?? "";
    this.tools.hidden = status === "streaming";
    const first = message.time_to_first_token_ms;
    this.details.textContent = first === undefined ? "" : say("firstToken", duration(first));
  }

  async #copy() {
    const { text } = this.message;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyBySelection(text);
    }
    this.copyButton.replaceChildren(icon("done"));
    this.copyButton.setAttribute("aria-label", say("copied"));
    setTimeout(() => {
      this.copyButton.replaceChildren(icon("copy"));
      this.copyButton.setAttribute("aria-label", say("copy"));
    }, 1600);
  }
}

/** Where the clipboard is not open to the page: it was not loaded from loopback or by HTTPS. */
function copyBySelection(text) {
  const field = element("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
