// The playhead: any offset of a session, dragged to, stepped to, or played at the speed at which it was recorded.

import { element, icon, iconButton, shape } from "./elements.js";
import { say } from "./language.js";

const speeds = [0.5, 1, 4];
/** Pauses while playing are no longer than this, in milliseconds. */
const longestPause = 2000;

/** The bar under a session. `onSeek(offset)` resolves once it is read; undefined stands for "now". */
export class Scrubber {
  #timer;
  #isLoading = false;
  #marks = "";
  #drawnHead = 0;
  #lastSpan;
  at = undefined;
  speed = 1;

  /** @param {{folder: import("./conversation.js").EventFolder, onSeek: Function, onInspect: Function}} options */
  constructor({ folder, onSeek, onInspect }) {
    Object.assign(this, { folder, onSeek });
    this.playButton = iconButton("play", say("play"), () => (this.isPlaying ? this.pause() : this
  .play()), { class: "icon-button play" });
    this.range = element("input", {
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      value: 0,
      "aria-label": say("timeline"),
      oninput: () => this.#choose(Number(this.range.value)),
    });
    this.tape = shape("svg", { viewBox: "0 0 1 20", preserveAspectRatio: "none",
    class: "tape", "aria-hidden": "true" });
    this.needle = element("span", { class: "needle", "aria-hidden": "true" });
    this.place = element("output", { class: "place", "aria-live": "off" });
    this.speedButtons = speeds.map((speed) => element("button", {
      type: "button",
      "aria-pressed": String(speed === 1),
      onclick: () => this.#setSpeed(speed),
    }, `${speed}×`));
    this.liveButton = element("button", { type: "button", class: "live-button", onclick: () => this.#choose(
        undefined) }, say("backToLive"));
    this.node = element("section", { class: "scrubber", "aria-label": say("playhead") },
      this.playButton,
      element("div", { class: "speeds", role: "group", "aria-label": say("speed") }, this.speedButtons),
      element("div", { class: "track-frame" }, this.tape, this.needle, this.range),
      this.place, this.liveButton,
      iconButton("inspect", say("inspect"), onInspect, { class: "icon-button inspect", "aria-expanded": "false" }));
  }

  /** Shows how far the session has grown; events are loaded only once someone looks back. */
  show(conversation) {
    const { head } = conversation;
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
    this.#showMarks(conversation);
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
    this.speedButtons.forEach((button, index) => button.setAttribute("aria-pressed", String(speeds[index] ===
      speed)));
  }

  /** Events that are due already are shown together: a timer is never as fine as 300 events a second. */
  #schedule(due) {
    if (!this.isPlaying) return;
    let next = this.at;
    if (next < this.head && next >= this.folder.head) return this.#load();
    while (next < this.folder.head && due <= performance.now()) {
      next += 1;
      const [now, then] = [this.folder.at(next), this.folder.at(next + 1)];
      const pause = now && then ? Date.parse(then.at) - Date.parse(now.at) : 0;
      due += Math.min(longestPause, Math.max(0, pause)) / this.speed;
    }
    if (next !== this.at) this.#move(next);
    if (next >= this.head) return this.pause();
    this.#timer = setTimeout(() => this.#schedule(due), Math.max(4, Math.min(50, due - performance.now())));
  }

  /** Plays on once the next events have been read; where they cannot be, playing ends. */
  async #load() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    await this.onSeek(this.at);
    this.#isLoading = false;
    if (!this.isPlaying) return;
    this.folder.head > this.at ? this.#schedule(performance.now()) : this.pause();
  }

  #choose(offset) {
    this.pause();
    this.#move(offset);
  }

  #move(offset) {
    this.at = offset;
    this.onSeek(offset);
  }

  /** The parts of the session, and what is worth finding: questions, nodes, attempts, resumes, errors. */
  #showMarks(conversation) {
    const { head } = conversation;
    const landmarks = landmarksOf(conversation);
    const signature = landmarks.map(({ offset, mark }) => `${offset} ${mark}`).join();
    if (!head) return;
    if (signature !== this.#marks || !this.tape.childElementCount) this.#drawMarks(landmarks);
    this.#marks = signature;
    if (head === this.#drawnHead) return;
    // The tape is drawn in offsets, so that a session that grows only changes its scale.
    this.#drawnHead = head;
    this.tape.setAttribute("viewBox", `0 0 ${head} 20`);
    this.tape.firstElementChild.setAttribute("width", head);
    this.#lastSpan?.node.setAttribute("width", head + 1 - this.#lastSpan.offset);
  }

  #drawMarks(landmarks) {
    const spans = landmarks.filter(({ span }) => span).map(({ span, offset }, index, all) => {
      const width = (all[index + 1]?.offset ?? offset) - offset;
      const node = shape("rect", { class: `span span-${span}`, x: offset - 1, y: 7, width, height: 6 });
      return { node, offset };
    });
    this.#lastSpan = spans.at(-1);
    this.#drawnHead = 0;
    this.tape.replaceChildren(
      shape("rect", { class: "tape-ground", x: 0, y: 7, height: 6 }),
      ...spans.map(({ node }) => node),
      ...landmarks.map(({ mark, offset }) => shape("path", { class: `mark mark-${mark}`, d: `M${offset} 0V20` })));
  }
}

/** Where something begins, as the conversation has it: `{offset, mark, span}`, in order. */
function landmarksOf({ messages, runs }) {
  const found = messages.map(({ offset, role, supersedes, status }) => {
    if (role === "user") return { offset, mark: "question", span: "question" };
    const mark = status === "interrupted" || status === "rejected" ? "error" : supersedes ? "retry" : "answer";
    return { offset, mark, span: "answer" };
  });
  for (const run of runs) {
    if (run.resumedAt) found.push({ offset: run.resumedAt, mark: "resume" });
    for (const { offset, status, attempt } of run.nodes) {
      found.push({ offset, mark: status === "failed" ? "error" : attempt > 1 ? "retry" : "node", span: "node" });
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}
