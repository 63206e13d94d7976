// Where a message is written: text, and images or CSV files that are picked, pasted or dropped.

import { element, icon, iconButton, outsideText } from "./elements.js";
import { say, size } from "./language.js";
import { idempotencyKey } from "./playhead.js";

/** Bytes that the server takes in one message; the form around them needs some as well. */
const maximumBytes = (16 << 20) - (64 << 10);
const pictures = /^image\/(png|jpeg|webp|gif)$/;
const tables = /\.(csv|tsv|txt|json)$/i;

/** The form at the foot of a session. `onSend(text, files, key)` resolves once the message is recorded. */
export class Composer {
  #files = [];
  /** What was sent and not accepted yet. It may be recorded, its answer lost: the same message keeps its key. */
  #attempt;

  constructor({ onSend, onStop }) {
    Object.assign(this, { onSend, onStop });
    this.input = element("textarea", {
      rows: 1,
      id: "message",
      "aria-label": say("message"),
      placeholder: say("placeholder"),
      enterkeyhint: "send",
      oninput: () => this.#resize(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#paste(event),
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
    this.#acceptDrops();
  }

  setBusy(isBusy) {
    if (isBusy === !this.stopButton.hidden) return;
    const hadFocus = document.activeElement === this.stopButton || document.activeElement === this.sendButton;
    this.stopButton.hidden = !isBusy;
    this.sendButton.hidden = isBusy;
    if (hadFocus) this.input.focus();
  }

  /** Sends text as if it had been written here. */
  async send(text) {
    this.input.value = text;
    await this.#submit();
  }

  showProblem(text) {
    this.problem.hidden = !text;
    this.problem.replaceChildren(outsideText(text ?? ""));
  }

  /** Takes files, or says why not. */
  add(files) {
    this.showProblem();
    for (const file of files) {
      const total = this.#files.reduce((sum, { file }) => sum + file.size, 0) + file.size;
      const isPicture = pictures.test(file.type);
      if (!isPicture && !tables.test(file.name) && file.type !== "text/csv") this.showProblem(say("wrongType", file
        .name));
      else if (file.size === 0) this.showProblem(say("empty", file.name));
      else if (total > maximumBytes) this.showProblem(say("tooLarge", file.name, size(file.size), size(
        maximumBytes)));
      else this.#files.push({ file, isPicture, url: isPicture ? URL.createObjectURL(file) : undefined });
    }
    this.#showTray();
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
    this.#showTray();
    this.input.focus();
  }

  async #submit(event) {
    event?.preventDefault();
    const text = this.input.value.trim();
    const entries = this.#files;
    if ((!text && !entries.length) || this.isSending || !this.stopButton.hidden) return;
    this.isSending = true;
    this.showProblem();
    try {
      this.#attempt = this.#attemptOf(text, entries);
      await this.onSend(text, entries, this.#attempt.key);
      this.#attempt = undefined;
      this.input.value = "";
      for (const entry of entries)
        if (entry.url) URL.revokeObjectURL(entry.url);
      this.#files = this.#files.filter((entry) => !entries.includes(entry));
      this.#showTray();
    } catch (error) {
      this.showProblem([error.message, error.hint].filter(Boolean).join(" — "));
    }
    this.isSending = false;
    this.#resize();
  }

  /** The attempt to send a message, with the key of the one before where that was the same message. */
  #attemptOf(text, entries) {
    const [last, files] = [this.#attempt, entries.map(({ file }) => file)];
    const isSame = last?.text === text && last.files.length === files.length && files.every((file, index) =>
      file === last.files[index]);
    return isSame ? last : { text, files, key: idempotencyKey() };
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

  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  #acceptDrops() {
    const veil = element("div", { class: "drop-veil", hidden: true }, element("p", {}, say("dropHere")));
    document.body.append(veil);
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && this.node.isConnected && !this.node
      .hidden;
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      veil.hidden = false;
    });
    document.addEventListener("dragleave", (event) => (veil.hidden = veil.hidden || event.relatedTarget === null));
    document.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      veil.hidden = true;
      this.add([...event.dataTransfer.files]);
    });
  }
}

/** A message as a form: the text, then the files in their order. */
export function formOf(text, entries) {
  const form = new FormData();
  if (text) form.append("text", text);
  for (const { file, isPicture } of entries) form.append(isPicture ? "image" : "file", file, file.name);
  return form;
}
