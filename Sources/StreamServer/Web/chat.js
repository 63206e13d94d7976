// Shows a conversation: what was asked, the progress of the run, its cards, and the answer as it grows. The same view
// shows the live session, the session at an offset, and each side of a comparison.

import { AnswerItem } from "./answer.js";
import { element, icon, outsideText } from "./elements.js";
import { say, size } from "./language.js";
import { RunItem } from "./run.js";

/** A view of a `Conversation`. */
export class ConversationView {
  #items = new Map();
  #pictures = new Map();

  /** @param {{client: import("./playhead.js").PlayheadClient, nodes: () => string[], onRetry?: () => void}} options */
  constructor(options) {
    this.options = options;
    this.node = element("div", { class: "conversation" });
  }

  /** Makes the page show what the conversation is now. */
  show(conversation) {
    const parts = [
      ...conversation.messages.map((message) => ({ key: `m${message.offset}`, offset: message.offset, message })),
      ...conversation.runs.map((run) => ({ key: `r${run.offset}`, offset: run.offset, run })),
    ].sort((a, b) => a.offset - b.offset);
    const shown = new Set();
    const superseded = conversation.messages.filter((message) => message.is_superseded);
    let before = null;
    for (const part of parts) {
      shown.add(part.key);
      const item = this.#item(part);
      part.message ? item.update(part.message) : item.update(part.run, superseded);
      if (item.node.previousElementSibling !== before || item.node.parentNode !== this.node) {
        before ? before.after(item.node) : this.node.prepend(item.node);
      }
      before = item.node;
    }
    for (const [key, item] of this.#items) {
      if (shown.has(key)) continue;
      item.node.remove();
      this.#items.delete(key);
    }
  }

  #item(part) {
    let item = this.#items.get(part.key);
    if (!item) {
      if (part.run) item = new RunItem(this.options);
      else if (part.message.role === "user") item = new QuestionItem((content) => this.#picture(content));
      else item = new AnswerItem(this.options);
      this.#items.set(part.key, item);
    }
    return item;
  }

  /** An address for an attached image; the server gives its bytes without a type. */
  #picture({ sha256, media_type: type }) {
    if (!/^image\/(png|jpeg|webp|gif)$/.test(type ?? "")) return undefined;
    if (!this.#pictures.has(sha256)) {
      this.#pictures.set(sha256, this.options.client.attachment(sha256, type).then((blob) => URL.createObjectURL(
        blob)));
    }
    return this.#pictures.get(sha256);
  }

  /** Lets go of the images. */
  close() {
    for (const picture of this.#pictures.values()) picture.then((url) => URL.revokeObjectURL(url)).catch(() => {});
  }
}

class QuestionItem {
  constructor(picture) {
    this.picture = picture;
    this.node = element("article", { class: "question", "aria-label": say("you") });
  }

  update(message) {
    if (this.shown === message.offset) return;
    this.shown = message.offset;
    const files = (message.contents ?? []).filter((content) => content.content_type !== "text");
    this.node.replaceChildren(
      ...(files.length ? [element("div", { class: "attachments" }, files.map((file) => this.#attachment(file)))] :
        []),
      ...(message.text ? [outsideText(message.text, "div", { class: "text" })] : []));
  }

  #attachment(file) {
    const label = file.name ?? file.media_type ?? file.content_type;
    const address = file.sha256 && this.picture(file);
    const mark = element("span", { class: "thumbnail" }, icon("file"));
    address?.then((url) => mark.replaceChildren(element("img", { src: url, alt: label }))).catch(() => {});
    return element("span", { class: `attachment ${address ? "is-picture" : ""}` }, mark,
      element("span", { class: "attachment-name" }, outsideText(label),
        file.size !== undefined && element("small", {}, size(file.size))));
  }
}
