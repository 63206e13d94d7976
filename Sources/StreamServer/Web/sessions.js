// The sessions of the server: live ones first, then the newest.

import { element, icon, iconButton } from "./elements.js";
import { moment, plain, say } from "./language.js";

/** How often the list is asked for, in milliseconds: more often while something is live. */
const pauses = { live: 2000, quiet: 6000 };
const pageSize = 100;
export const sessionName = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** A name that nobody has: the day and a few letters. */
export function freshName() {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const tail = [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => letters[byte % letters.length]).join("");
  const now = new Date();
  return `${String(now.getMonth() + 1).padStart(2, "0")}${String(now.getDate()).padStart(2, "0")}-${tail}`;
}

/** The list at the side. */
export class SessionList {
  #sessions = [];
  #pages = 1;
  #heads = new Map();

  constructor(client, { onOpen, onNew, onClose, onRefresh }) {
    Object.assign(this, { client, onOpen, onRefresh });
    this.search = element("input", {
      type: "search",
      "aria-label": say("searchSessions"),
      placeholder: say("searchSessions"),
      oninput: () => this.#show(),
      onkeydown: (event) => event.key === "Enter" && this.#openNamed(),
    });
    this.list = element("ul", { class: "session-list" });
    this.more = element("button", {
      type: "button",
      class: "text-button",
      hidden: true,
      onclick: () => (this.#pages++, this.refresh()),
    }, say("moreSessions"));
    this.node = element("nav", { class: "sessions", id: "sessions", "aria-label": say("sessions") },
      element("header", { class: "brand" }, element("span", { class: "brand-mark", "aria-hidden": "true" }),
        element("p", { class: "brand-name" }, "Playhead"),
        iconButton("close", say("close"), onClose, { class: "icon-button only-narrow" })),
      element("button", { type: "button", class: "new-session", onclick: onNew }, icon("add"), say("newSession")),
      this.search, this.list, this.more);
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  select(session) {
    this.selected = session;
    this.#show();
  }

  /** Asks now, and again after a while. */
  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      const [found, now] = [[], performance.now()];
      let next;
      for (let page = 0; page < this.#pages; page++) {
        const answer = await this.client.sessions(pageSize, next);
        found.push(...answer.sessions);
        next = answer.next;
        if (!next) break;
      }
      for (const session of found) {
        const last = this.#heads.get(session.session);
        session.rate = last && now > last.at ? ((session.head - last.head) / (now - last.at)) * 1000 : 0;
        this.#heads.set(session.session, { head: session.head, at: now });
      }
      this.more.hidden = !next;
      this.isComplete = !next;
      this.#sessions = found;
      this.#show();
      this.onRefresh();
    } catch {
      // The conversation says that the server cannot be reached; the list is as it was.
    }
    clearTimeout(this.timer);
    const isLive = this.#sessions.some((session) => session.in_progress);
    this.timer = setTimeout(() => this.refresh(), isLive ? pauses.live : pauses.quiet);
  }

  /** What was searched for is opened: the only match, or a session of that name, which its first message makes. */
  #openNamed() {
    const wanted = this.search.value.trim();
    const matches = this.names.filter((name) => name.toLowerCase().includes(wanted.toLowerCase()));
    const name = matches.includes(wanted) ? wanted : matches.length === 1 ? matches[0] : wanted;
    if (!sessionName.test(name)) return;
    this.search.value = "";
    this.onOpen(name);
    this.#show();
  }

  /** Whether the server says that a session was erased. */
  isErased(name) {
    return this.#sessions.some((session) => session.session === name && session.erased);
  }

  get names() {
    return this.#sessions.map((session) => session.session);
  }

  #show() {
    const wanted = this.search.value.trim().toLowerCase();
    const found = this.#sessions.filter((session) => session.session.toLowerCase().includes(wanted))
      .sort((a, b) => Number(b.in_progress) - Number(a.in_progress));
    const signature = JSON.stringify([found, this.selected]);
    if (signature === this.signature) return;
    this.signature = signature;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.session : undefined;
    this.list.replaceChildren(...found.map((session) => this.#row(session)));
    if (focused) this.list.querySelector(`[data-session="${CSS.escape(focused)}"]`)?.focus();
    if (!found.length) this.list.append(element("li", { class: "quiet empty" }, say(wanted ? "noMatches" :
      "noSessions")));
  }

  #row({ session, head, in_progress: isLive, closed, erased, opened_at: opened, rate }) {
    const isSelected = session === this.selected;
    const state = isLive ? (rate >= 0.5 ? say("perSecond", plain(rate, 0)) : say("live")) : erased ? say("erased") :
      closed ? say("closed") : moment(opened);
    return element("li", { class: isLive ? "is-live" : "" },
      element("a", { href: `#${session}`, "aria-current": isSelected ? "page" : undefined, "data-session": session,
          onclick: () => this.onOpen(session) },
        element("span", { class: "session-name" }, session),
        element("span", { class: "session-facts" }, element("span", { class: "state" }, state), element(
        "span", { class: "head" }, plain(head)))));
  }
}
