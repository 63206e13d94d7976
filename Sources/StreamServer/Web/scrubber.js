// The playhead: any offset of a session, dragged to, stepped to, or played at the speed at which it was recorded.

import { element, icon, iconButton, shape } from "./elements.js";
import { say } from "./language.js";

const speeds = [0.5, 1, 4];
/** Pauses while playing are no longer than this, in milliseconds. */
const longestPause = 2000;
const width = 1000;

/** The bar under a session. `onSeek(offset)`: undefined stands for "now". */
export class Scrubber {
  #timer;
  #marks = "";
  at = undefined;
  speed = 1;

  /** @param {{folder: import("./conversation.js").EventFolder, onSeek: Function, onInspect: Function}} options */
  constructor({ folder, onSeek, onInspect }) {
    Object.assign(this, { folder, onSeek });
    this.playButton = iconButton("play", say("play"), () => (this.isPlaying ? this.pause() : this.play()), { class: "icon-button play" });
    this.range = element("input", {
      type: "range", min: 0, max: 0, step: 1, value: 0, "aria-label": say("timeline"),
      oninput: () => this.#choose(Number(this.range.value)),
    });
    this.tape = shape("svg", { viewBox: `0 0 ${width} 20`, preserveAspectRatio: "none", class: "tape", "aria-hidden": "true" });
    this.needle = element("span", { class: "needle", "aria-hidden": "true" });
    this.place = element("output", { class: "place" });
    this.speedButtons = speeds.map((speed) => element("button", {
      type: "button", "aria-pressed": String(speed === 1), onclick: () => this.#setSpeed(speed),
    }, `${speed}×`));
    this.liveButton = element("button", { type: "button", class: "live-button", onclick: () => this.#choose(undefined) }, say("backToLive"));
    this.node = element("section", { class: "scrubber", "aria-label": say("playhead") },
      this.playButton,
      element("div", { class: "speeds", role: "group", "aria-label": say("speed") }, this.speedButtons),
      element("div", { class: "track-frame" }, this.tape, this.needle, this.range),
      this.place, this.liveButton,
      iconButton("inspect", say("inspect"), onInspect, { class: "icon-button inspect", "aria-expanded": "false" }));
  }

  /** Shows how far the session has grown; events are loaded only once someone looks back. */
  show(head) {
    this.head = head;
    this.range.max = head;
    const at = this.at ?? head;
    this.range.value = at;
    const kind = this.folder.at(at)?.kind ?? "";
    this.range.setAttribute("aria-valuetext", say("offsetOf", at, head, kind));
    this.place.textContent = `${at} / ${head}`;
    this.needle.style.left = `${head ? (at / head) * 100 : 0}%`;
    this.node.classList.toggle("is-past", this.at !== undefined);
    this.liveButton.hidden = this.at === undefined;
    this.#showMarks(head);
  }

  /** Steps by events. */
  step(change) {
    this.pause();
    this.#choose(Math.min(this.head, Math.max(0, (this.at ?? this.head) + change)));
  }

  play() {
    if (this.at === undefined || this.at >= this.head) this.#move(0);
    this.isPlaying = true;
    this.playButton.replaceChildren(icon("pause"));
    this.playButton.setAttribute("aria-label", say("pause"));
    this.#schedule(performance.now());
  }

  pause() {
    clearTimeout(this.#timer);
    this.isPlaying = false;
    this.playButton.replaceChildren(icon("play"));
    this.playButton.setAttribute("aria-label", say("play"));
  }

  #setSpeed(speed) {
    this.speed = speed;
    this.speedButtons.forEach((button, index) => button.setAttribute("aria-pressed", String(speeds[index] === speed)));
  }

  /** Events that are due already are shown together: a timer is never as fine as 300 events a second. */
  #schedule(due) {
    if (!this.isPlaying) return;
    let next = this.at;
    while (next < this.head && due <= performance.now()) {
      next += 1;
      const [now, then] = [this.folder.at(next), this.folder.at(next + 1)];
      const pause = now && then ? Date.parse(then.at) - Date.parse(now.at) : 0;
      due += Math.min(longestPause, Math.max(0, pause)) / this.speed;
    }
    if (next !== this.at) this.#move(next);
    if (next >= this.head) return this.pause();
    this.#timer = setTimeout(() => this.#schedule(due), Math.max(4, Math.min(50, due - performance.now())));
  }

  #choose(offset) {
    this.pause();
    this.#move(offset);
  }

  #move(offset) {
    this.at = offset;
    this.onSeek(offset);
  }

  /** The parts of the session by node, and what is worth finding: errors, attempts, resumes, messages. */
  #showMarks(head) {
    const events = this.folder.events;
    const signature = `${head} ${events.length}`;
    if (signature === this.#marks || !head) return;
    this.#marks = signature;
    const x = (offset) => ((offset / head) * width).toFixed(2);
    const nodes = [];
    const spans = [];
    let span;
    for (const event of events) {
      const kind = spanKind(event);
      if (kind && span?.kind !== kind) spans.push((span = { kind, from: event.offset - 1 }));
      if (span) span.to = event.offset;
      const mark = markKind(event);
      if (mark) nodes.push(shape("path", { class: `mark mark-${mark}`, d: `M${x(event.offset)} 0V20` }));
    }
    this.tape.replaceChildren(
      shape("rect", { class: "tape-ground", x: 0, y: 7, width, height: 6 }),
      ...spans.map(({ kind, from, to }) => shape("rect", { class: `span span-${kind}`, x: x(from), y: 7, width: x(to - from), height: 6 })),
      ...nodes);
  }
}

function spanKind({ kind }) {
  if (kind === "token" || kind.startsWith("message.started")) return "answer";
  if (kind === "message.received") return "question";
  if (kind.startsWith("node.")) return "node";
  return undefined;
}

function markKind({ kind, body }) {
  if (/failed$|interrupted$|rejected$|cancelled$/.test(kind)) return "error";
  if (kind === "run.resumed") return "resume";
  if (kind === "message.started" && body.supersedes) return "retry";
  if (kind === "node.started") return body.attempt > 1 ? "retry" : "node";
  if (kind === "message.received") return "question";
  return undefined;
}
