// Shows a conversation: what was asked, the progress of the run, its cards, and the answer as it grows. The same view shows
// the live session, the session at an offset, and each side of a comparison.

import { cardOf } from "./cards.js";
import { element, icon, iconButton, outsideText, showText } from "./elements.js";
import { historyCard } from "./history.js";
import { duration, nameOf, say, size } from "./language.js";

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
    let before = null;
    for (const part of parts) {
      shown.add(part.key);
      const item = this.#item(part);
      part.message ? item.update(part.message, conversation) : item.update(part.run, conversation);
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
      this.#pictures.set(sha256, this.options.client.attachment(sha256, type).then((blob) => URL.createObjectURL(blob)));
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
      ...(files.length ? [element("div", { class: "attachments" }, files.map((file) => this.#attachment(file)))] : []),
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

class RunItem {
  #cards = new Map();

  constructor({ client, nodes }) {
    Object.assign(this, { client, nodes });
    this.steps = element("ol", { class: "steps", "aria-label": say("progress") });
    this.notes = element("div", { class: "run-notes" });
    this.grid = element("div", { class: "cards" });
    this.figures = element("details", { class: "figures", hidden: true }, element("summary", {}, say("figures")), this.grid);
    this.node = element("article", { class: "run" }, this.steps, this.notes, this.figures);
  }

  update(run, conversation) {
    this.#showSteps(run);
    this.#showNotes(run, conversation);
    this.#showCards(run);
  }

  #showSteps(run) {
    const last = new Map(run.nodes.map((node) => [node.node, node]));
    const names = [...new Set([...this.nodes(run.chatbot), ...last.keys()])];
    const isOver = run.status !== "started" && run.status !== "paused";
    const entries = names.map((name) => {
      const node = last.get(name);
      if (!node) return { name, status: isOver ? "skipped" : "pending" };
      const status = node.status === "started" && isOver ? "cancelled" : node.status;
      const time = node.duration_ms ?? (node.status === "started" && !isOver && node.seenAt ? performance.now() - node.seenAt : undefined);
      return { name, status, time, isTicking: node.duration_ms === undefined, attempt: node.attempt };
    });
    const signature = entries.map((entry) => `${entry.name} ${entry.status} ${entry.attempt}`).join();
    if (signature !== this.signature) {
      this.signature = signature;
      this.steps.replaceChildren(...entries.map(stepNode));
    }
    entries.forEach((entry, index) => {
      const text = entry.time === undefined ? "" : duration(entry.isTicking ? Math.floor(entry.time / 100) * 100 : entry.time);
      const slot = this.steps.children[index].querySelector(".time");
      if (slot.textContent !== text) slot.textContent = text;
    });
  }

  #showNotes(run, conversation) {
    const notes = [];
    if (run.resumes) notes.push(["quiet", say("runResumed", run.resumedAt ?? run.offset)]);
    for (const message of conversation.messages) {
      if (message.run === run.offset && message.is_superseded) notes.push(["quiet", say("superseded", message.offset)]);
    }
    for (const node of run.nodes) {
      if (node.error && node.status === "failed") notes.push(["failed", `${nameOf(node.node)}: ${reasonText(node.error)}`]);
    }
    if (run.status === "failed") notes.push(["failed", `${say("runFailed")}: ${reasonText(run.reason)}`]);
    if (run.status === "cancelled") notes.push(["quiet", say("runCancelled")]);
    if (run.status === "paused") notes.push(["quiet", say("runPaused")]);
    const signature = JSON.stringify(notes);
    if (signature === this.notesSignature) return;
    this.notesSignature = signature;
    this.notes.replaceChildren(...notes.map(([kind, text]) => outsideText(text, "p", { class: `run-note ${kind}` })));
  }

  #showCards(run) {
    const current = new Map();
    for (const node of run.nodes) if (node.updated_at !== undefined) current.set(node.node, node);
    const signature = [...current.values()].map((node) => node.updated_at).join();
    if (signature === this.cardsSignature) return;
    this.cardsSignature = signature;
    const update = (name) => current.get(name)?.update;
    for (const [name, { updated_at: offset, update }] of current) {
      if (this.#cards.get(name)?.offset !== offset) this.#cards.set(name, { offset, node: cardOf(name, update) });
    }
    for (const name of this.#cards.keys()) if (!current.has(name) && name !== "history") this.#cards.delete(name);
    const conversion = update("convert_portfolio");
    this.#showHistory(conversion, update("analyze_risk"), update("analyze_performance"));
    this.#place();
    if (this.figures.hidden && this.grid.childElementCount) {
      this.figures.hidden = false;
      // A later question about the same holdings does not show them once more.
      this.figures.open = conversion?.origin === undefined || conversion.origin === "message";
    }
  }

  #showHistory(conversion, risk, performance) {
    if (!conversion?.portfolio || !risk || !performance) {
      this.#cards.delete("history");
      this.asked = undefined;
    } else if (this.asked !== performance) {
      this.asked = performance;
      historyCard(this.client, conversion, risk, performance).then((node) => {
        if (this.asked !== performance) return;
        this.#cards.set("history", { node });
        this.#place();
      });
    }
  }

  #place() {
    const order = ["convert_portfolio", "analyze_performance", "analyze_risk", "history", "generate_recommendations"];
    const rank = ([name]) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
    const nodes = [...this.#cards].filter(([, card]) => card.node).sort((a, b) => rank(a) - rank(b)).map(([, card]) => card.node);
    const isSame = nodes.length === this.grid.childElementCount && nodes.every((node, index) => this.grid.children[index] === node);
    if (!isSame) this.grid.replaceChildren(...nodes);
    if (!nodes.length) this.figures.hidden = true;
  }
}

function stepNode({ name, status, attempt }) {
  const marks = { completed: "done", failed: "fail", abandoned: "retry", cancelled: "stop" };
  return element("li", { class: `step step-${status}` },
    element("span", { class: "step-mark" }, marks[status] && icon(marks[status])),
    outsideText(nameOf(name), "span", { class: "step-name" }),
    element("span", { class: "unseen" }, nameOf(status)),
    element("span", { class: "time" }),
    attempt > 1 && element("span", { class: "again" }, say("attempt", attempt)));
}

const reasonText = (reason) => [reason?.message ?? reason?.code ?? "", reason?.hint].filter(Boolean).join(" — ");

class AnswerItem {
  constructor({ onRetry }) {
    this.text = outsideText("", "div", { class: "text", dir: "auto" });
    this.note = element("p", { class: "answer-note", hidden: true });
    this.copyButton = iconButton("copy", say("copy"), () => this.#copy());
    this.tools = element("div", { class: "answer-tools", hidden: true }, this.copyButton,
      onRetry && iconButton("retry", say("retry"), onRetry), this.details = element("span", { class: "quiet" }));
    this.author = element("header", { class: "author" });
    this.node = element("article", { class: "answer" }, element("span", { class: "avatar", "aria-hidden": "true" }, "美"),
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
    showText(this.author, message.node ? nameOf(message.node) : message.agent ?? message.role ?? "");
    this.node.classList.toggle("is-streaming", status === "streaming");
    const note = { interrupted: say("interrupted"), rejected: say("rejected") }[status];
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
