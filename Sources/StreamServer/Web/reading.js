// Where somebody reads. Who is at the end stays there while the answer grows; who reads further up, or has chosen text,
// is left in peace and told that there is more.

import { element } from "./elements.js";
import { say } from "./language.js";

/** How near to the end is at the end, in pixels. */
const nearEnd = 4;

/** The place in a scrolling element. */
export class Reading {
  #top = 0;
  #height = 0;
  isAway = false;

  constructor(scroll, content) {
    Object.assign(this, { scroll, content });
    this.button = element("button", { type: "button", class: "below", hidden: true, onclick: () => this.toEnd() },
      say("newBelow"));
    scroll.addEventListener("scroll", () => this.#remember());
    // Charts come a moment after the text.
    this.growth = new ResizeObserver(() => this.keep());
    this.growth.observe(content);
    this.growth.observe(scroll);
  }

  /** Follows what has grown, or says that it has. */
  keep() {
    const { scrollHeight: height } = this.scroll;
    if (!this.isAway && !this.#isSelecting) this.scroll.scrollTop = height;
    else if (height > this.#height + nearEnd && this.#distance > nearEnd) this.button.hidden = false;
    this.#height = height;
  }

  toEnd() {
    const hadFocus = document.activeElement === this.button;
    if (this.#isSelecting) getSelection().removeAllRanges();
    this.isAway = false;
    this.button.hidden = true;
    if (hadFocus) this.scroll.focus({ preventScroll: true });
    this.keep();
  }

  close() {
    this.growth.disconnect();
  }

  get #distance() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight;
  }

  get #isSelecting() {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed && this.content.contains(selection.anchorNode);
  }

  /** Up is away, however little; only the end is the end. */
  #remember() {
    const { scrollTop: top } = this.scroll;
    if (this.#distance <= nearEnd) [this.isAway, this.button.hidden] = [false, true];
    else if (top < this.#top) this.isAway = true;
    this.#top = top;
  }
}
