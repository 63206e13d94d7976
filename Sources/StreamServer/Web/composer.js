// Where a message is written: text, and images or CSV files that are picked, pasted or dropped.

import { element, icon, iconButton, outsideText } from "./elements.js";
import { say, size } from "./language.js";
import { mayPass, problemOf } from "./problems.js";
import { Sent } from "./sent.js";

/** Bytes that the server takes in one message; the form around them needs some as well. */
const maximumBytes = (16 << 20) - (64 << 10);
/** Parts of one message; its text is one. */
const maximumFiles = 63;
const pictures = /^image\/(png|jpeg|webp|gif)$/;
const tables = /\.(csv|tsv|txt|json)$/i;

/** The form at the foot of a session. `onSend(text, files, key)` resolves once the message is recorded. */
export class Composer {
  #files = [];

  constructor({ session, onSend, onStop }) {
    Object.assign(this, { onSend, onStop });
    this.sent = new Sent(session, () => this.#sendAgain());
    this.input = element("textarea", {
      rows: 1,
      id: "message",
      "aria-label": say("message"),
      placeholder: say("placeholder"),
      enterkeyhint: "send",
      oninput: () => this.#edit(),
      onkeydown: (event) => this.#key(event),
    });
    this.picker = element("input", {
      type: "file",
      multiple: true,
      class: "unseen",
      tabindex: -1,
      "aria-label": say("attach"),
      accept: "image/png,image/jpeg,image/webp,image/gif,.csv,.tsv,.txt,.json,text/csv",
      onchange: () => {
        this.add([...this.picker.files]);
        this.picker.value = "";
      },
    });
    this.tray = element("ul", { class: "tray", hidden: true });
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.sendButton = element("button", { type: "submit", class: "round-button send", "aria-label": say("send"),
      title: say("send") }, icon("send"));
    this.stopButton = element("button", {
      type: "button",
      class: "round-button stop",
      "aria-label": say("stop"),
      title: say("stop"),
      hidden: true,
      onclick: () => this.onStop(),
    }, icon("stop"));
    this.node = element("form", { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.problem, this.tray,
      element("div", { class: "composer-row" },
        iconButton("attach", say("attach"), () => this.picker.click()), this.picker, this.input, this.stopButton,
        this.sendButton));
    this.input.value = this.sent.draft;
  }

  /** Whether files can be added now. */
  get takesFiles() {
    return this.node.isConnected && !this.node.hidden;
  }

  /** What the page was left with: a message of which nobody knows whether it is recorded is sent again. */
  restore() {
    this.#resize();
    if (this.sent.isOpen && this.sent.isSame(this.input.value.trim(), [])) this.#submit();
  }

  close() {
    this.isClosed = true;
    this.sent.close();
    for (const { url } of this.#files) if (url) URL.revokeObjectURL(url);
  }

  setBusy(isBusy) {
    if (isBusy === !this.stopButton.hidden) return;
    const hadFocus = document.activeElement === this.stopButton || document.activeElement === this.sendButton;
    this.stopButton.hidden = !isBusy;
    this.sendButton.hidden = isBusy;
    if (hadFocus) this.input.focus();
  }

  /** Sends text as if it had been written here; what is being written stays. */
  async send(text) {
    if (this.input.value.trim()) return this.input.focus();
    this.input.value = text;
    await this.#submit();
  }

  showProblem(text) {
    this.problem.hidden = !text;
    this.problem.replaceChildren(outsideText(text ?? ""));
  }

  /** Takes files, or says of each why not. */
  add(files, folders = []) {
    const problems = folders.map((name) => say("folder", name));
    for (const file of files) {
      const isPicture = pictures.test(file.type);
      const problem = this.#refusal(file, isPicture);
      if (problem) problems.push(problem);
      else this.#files.push({ file, isPicture, url: isPicture ? URL.createObjectURL(file) : undefined });
    }
    this.showProblem(problems.join("\n"));
    this.#showTray();
  }

  #refusal(file, isPicture) {
    const total = this.#files.reduce((sum, { file }) => sum + file.size, 0) + file.size;
    const isThere = this.#files.some(({ file: { name, size, lastModified } }) => name === file.name && size === file
      .size && lastModified === file.lastModified);
    if (isThere) return say("twice", file.name);
    if (!isPicture && !tables.test(file.name) && file.type !== "text/csv") return say("wrongType", file.name);
    if (file.size === 0) return say("empty", file.name);
    if (total > maximumBytes) return say("tooLarge", file.name, size(file.size), size(maximumBytes));
    if (this.#files.length >= maximumFiles) return say("tooMany", file.name, maximumFiles);
    return undefined;
  }

  #showTray() {
    this.tray.hidden = this.#files.length === 0;
    this.tray.replaceChildren(...this.#files.map((entry) => element(
      "li", { class: `attachment ${entry.isPicture ? "is-picture" : ""}` },
      element("span", { class: "thumbnail" }, entry.url ? element("img", { src: entry.url, alt: "" }) : icon(
        "file")),
      element("span", { class: "attachment-name" }, outsideText(entry.file.name), element("small", {}, size(
        entry.file.size))),
      iconButton("close", say("remove", entry.file.name), () => this.#remove(entry)))));
  }

  #remove(entry) {
    this.#files = this.#files.filter((other) => other !== entry);
    if (entry.url) URL.revokeObjectURL(entry.url);
    if (!this.isSending) this.showProblem();
    this.#showTray();
    this.input.focus();
  }

  async #submit(event) {
    event?.preventDefault();
    const [written, entries] = [this.input.value, [...this.#files]];
    const [text, files] = [written.trim(), entries.map(({ file }) => file)];
    // A message whose answer was lost may have begun the run in progress: it is sent again all the same.
    const isAgain = this.sent.isSame(text, files);
    if ((!text && !entries.length) || this.isSending || (!this.stopButton.hidden && !isAgain)) return;
    this.isSending = true;
    this.showProblem();
    try {
      await makeSure(files);
      await this.onSend(text, entries, this.sent.begin(text, files));
      this.#clear(written, entries);
    } catch (error) {
      this.#fail(error);
    }
    this.isSending = false;
    this.#resize();
  }

  /** What was sent goes; what was written or added meanwhile stays. */
  #clear(written, entries) {
    const now = this.input.value;
    this.input.value = now.startsWith(written) ? now.slice(written.length).trimStart() : now;
    for (const entry of entries)
      if (entry.url) URL.revokeObjectURL(entry.url);
    this.#files = this.#files.filter((entry) => !entries.includes(entry));
    this.sent.settle(this.input.value);
    this.#showTray();
  }

  #fail(error) {
    if (this.isClosed) return;
    if (!mayPass(error)) {
      this.sent.settle(this.input.value);
      return this.showProblem(problemOf(error));
    }
    if (!this.#isUnchanged) {
      this.sent.write(this.input.value);
      return this.showProblem(problemOf(error));
    }
    this.showProblem(say("notSentYet", problemOf(error)));
    this.sent.retry(error.retryAfterMs);
  }

  /** Only what is still what it was: an edited message waits for its writer. */
  #sendAgain() {
    if (this.#isUnchanged) this.#submit();
  }

  /** Whether the message is what was sent last. */
  get #isUnchanged() {
    return this.sent.isSame(this.input.value.trim(), this.#files.map(({ file }) => file));
  }

  #edit() {
    this.#resize();
    if (this.isSending) return;
    // What was sent before is not tried again by itself from here on.
    if (this.sent.isOpen) this.showProblem();
    this.sent.write(this.input.value);
  }

  #resize() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 200)}px`;
  }

  #key(event) {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    this.#submit(event);
  }
}

/** A file that was changed or removed since it was added cannot be read any more, and no request would say so. */
async function makeSure(files) {
  for (const file of files) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      throw new Error(say("unreadable", file.name));
    }
  }
}

/** The files of a recorded message, to be sent with another one. */
export async function entriesOf(client, { contents = [] }) {
  const entries = [];
  for (const { sha256, name, content_type: kind, media_type: type = "" } of contents) {
    if (!sha256) continue;
    const file = new File([await client.attachment(sha256, type)], name ?? kind, { type });
    entries.push({ file, isPicture: kind === "image" });
  }
  return entries;
}

/** A message as a form: the text, then the files in their order. */
export function formOf(text, entries) {
  const form = new FormData();
  if (text) form.append("text", text);
  for (const { file, isPicture } of entries) form.append(isPicture ? "image" : "file", file, file.name);
  return form;
}
