// The progress of a run and what its nodes found.

import { cardOf } from "./cards.js";
import { element, icon, outsideText } from "./elements.js";
import { historyCard } from "./history.js";
import { duration, nameOf, say } from "./language.js";

/** A run in a conversation. */
export class RunItem {
  #cards = new Map();

  constructor({ client, nodes }) {
    Object.assign(this, { client, nodes });
    this.steps = element("ol", { class: "steps", "aria-label": say("progress") });
    this.notes = element("div", { class: "run-notes" });
    this.grid = element("div", { class: "cards" });
    this.figures = element("details", { class: "figures", hidden: true }, element("summary", {}, say("figures")),
      this.grid);
    this.node = element("article", { class: "run" }, this.steps, this.figures, this.notes);
  }

  /** `superseded`: the abandoned messages of the conversation. */
  update(run, superseded) {
    this.#showSteps(run);
    this.#showNotes(run, superseded);
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
      const time = node.duration_ms ?? (node.status === "started" && !isOver && node.seenAt ? performance.now() -
        node.seenAt : undefined);
      return { name, status, time, isTicking: node.duration_ms === undefined, attempt: node.attempt };
    });
    const signature = entries.map((entry) => `${entry.name} ${entry.status} ${entry.attempt}`).join();
    if (signature !== this.signature) {
      this.signature = signature;
      this.steps.replaceChildren(...entries.map(stepNode));
    }
    entries.forEach((entry, index) => {
      const text = entry.time === undefined ? "" : duration(entry.isTicking ? Math.floor(entry.time / 100) *
        100 : entry.time);
      const slot = this.steps.children[index].querySelector(".time");
      if (slot.textContent !== text) slot.textContent = text;
    });
  }

  #showNotes(run, superseded) {
    const notes = [];
    if (run.resumes) notes.push(["quiet", say("runResumed", run.resumedAt ?? run.offset)]);
    for (const message of superseded)
      if (message.run === run.offset) notes.push(["quiet", say("superseded", message.offset)]);
    for (const node of run.nodes) {
      if (node.error && node.status === "failed") notes.push(["failed",
        `${nameOf(node.node)}: ${reasonText(node.error)}`]);
    }
    if (run.status === "failed") notes.push(["failed", `${say("runFailed")}: ${reasonText(run.reason)}`]);
    if (run.status === "cancelled") notes.push(["quiet", say("runCancelled")]);
    if (run.status === "paused") notes.push(["asks", run.pauses?.at(-1)?.asks ?? say("runPaused")]);
    const signature = JSON.stringify(notes);
    if (signature === this.notesSignature) return;
    this.notesSignature = signature;
    this.notes.replaceChildren(...notes.map(([kind, text]) => outsideText(text,
  "p", { class: `run-note ${kind}` })));
  }

  #showCards(run) {
    const current = new Map();
    for (const node of run.nodes)
      if (node.updated_at !== undefined) current.set(node.node, node);
    const signature = [...current.values()].map((node) => node.updated_at).join();
    if (signature === this.cardsSignature) return;
    this.cardsSignature = signature;
    const update = (name) => current.get(name)?.update;
    const currency = update("convert_portfolio")?.portfolio?.currency;
    for (const [name, { updated_at: offset, update }] of current) {
      if (this.#cards.get(name)?.offset !== offset) this.#cards.set(name, { offset, node: cardOf(name, update,
          currency) });
    }
    for (const name of this.#cards.keys())
      if (!current.has(name) && name !== "history") this.#cards.delete(name);
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
    const order = ["convert_portfolio", "analyze_performance", "analyze_risk", "history",
    "generate_recommendations"];
    const rank = ([name]) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
    const nodes = [...this.#cards].filter(([, card]) => card.node).sort((a, b) => rank(a) - rank(b)).map(([,
      card]) => card.node);
    const isSame = nodes.length === this.grid.childElementCount && nodes.every((node, index) => this.grid.children[
      index] === node);
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
