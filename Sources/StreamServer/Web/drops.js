// Files that are dropped or pasted anywhere on the page. A drop never leads away from it, wherever it ends.

import { element } from "./elements.js";
import { say } from "./language.js";

/** Listens for the whole page. `target()` gives the composer that takes files now, if there is one. */
export class Drops {
  /** True while something of the page itself is dragged: an image of it counts as a file. */
  #isOwn = false;

  constructor(target) {
    this.target = target;
    this.veil = element("div", { class: "drop-veil", hidden: true }, element("p", {}, say("dropHere")));
    document.body.append(this.veil);
    const listen = (name, listener) => document.addEventListener(name, listener);
    listen("dragstart", () => (this.#isOwn = true));
    listen("dragend", () => this.#end());
    listen("dragenter", (event) => this.#over(event));
    listen("dragover", (event) => this.#over(event));
    listen("dragleave", (event) => event.relatedTarget === null && (this.veil.hidden = true));
    listen("drop", (event) => this.#drop(event));
    listen("paste", (event) => this.#paste(event));
  }

  #takes(event) {
    return !this.#isOwn && event.dataTransfer?.types.includes("Files");
  }

  #over(event) {
    if (!this.#takes(event)) return;
    event.preventDefault();
    const target = this.target();
    event.dataTransfer.dropEffect = target ? "copy" : "none";
    this.veil.hidden = !target;
  }

  #drop(event) {
    const isTaken = this.#takes(event);
    this.#end();
    if (!isTaken) return;
    event.preventDefault();
    const [files, folders] = [[], []];
    for (const item of event.dataTransfer.items) {
      if (item.kind !== "file") continue;
      const entry = item.webkitGetAsEntry?.();
      entry?.isDirectory ? folders.push(entry.name) : files.push(item.getAsFile());
    }
    this.target()?.add(files.filter(Boolean), folders);
  }

  #end() {
    this.#isOwn = false;
    this.veil.hidden = true;
  }

  /** Pasted text stays text: a table that is copied brings a picture of itself along. */
  #paste(event) {
    const { files, types } = event.clipboardData ?? { files: [], types: [] };
    const composer = this.target();
    const isElsewhere = event.target.closest?.("input, textarea, [contenteditable]") ?? composer?.input;
    if (!files.length || types.includes("text/plain") || !composer || isElsewhere !== composer.input) return;
    event.preventDefault();
    composer.add([...files].map(named));
  }
}

/** A browser calls every screenshot `image.png`. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const time = new Date().toTimeString().slice(0, 8).replaceAll(":", ".");
  return new File([file], `${say("screenshot")} ${time}${file.name.slice(5)}`, { type: file.type,
    lastModified: file.lastModified });
}
