// One session: its conversation, live or at the playhead, and the means to write, stop, look back and inspect.

import { ConversationView } from "./chat.js";
import { Composer, formOf } from "./composer.js";
import { Conversation, EventFolder } from "./conversation.js";
import { element } from "./elements.js";
import { Inspector } from "./inspector.js";
import { say } from "./language.js";
import { PlayheadError } from "./playhead.js";
import { Proof } from "./proof.js";
import { Scrubber } from "./scrubber.js";

/** How long a notice stays, in milliseconds. */
const noticeMs = 6000;

/** Everything about one session. */
export class SessionView {
  folder = new EventFolder();
  conversation = new Conversation();
  #ending = new AbortController();

  constructor(client, session, options) {
    Object.assign(this, { client, session, options });
    const { chatbot, isReadOnly } = options;
    this.view = new ConversationView({
      client,
      nodes: () => chatbot?.nodes ?? [],
      onRetry: isReadOnly ? undefined : () => this.#retry(),
    });
    this.scroll = element("div", { class: "scroll", tabindex: -1 }, this.view.node);
    this.notice = element("p", { class: "notice", role: "status", hidden: true });
    this.past = element("p", { class: "past", hidden: true });
    this.scrubber = new Scrubber({
      folder: this.folder,
      onSeek: (offset) => this.seek(offset),
      onInspect: () => this.#toggleInspector(),
    });
    this.proof = new Proof({ client, session, onChange: () => this.#schedule() });
    this.inspector = new Inspector({
      folder: this.folder,
      proof: this.proof,
      onSeek: (offset) => this.seek(offset),
    });
    this.composer = new Composer({ onSend: (...message) => this.#send(...message), onStop: () => this.#stop() });
    this.composer.node.hidden = isReadOnly === true;
    this.node = element("div", { class: "session" },
      isReadOnly && element("h2", { class: "side-name" }, session),
      this.scroll, element("div", { class: "foot" }, this.notice, this.past, this.composer.node, this.inspector
        .node, this.scrubber.node));
    this.ticker = setInterval(() => this.conversation.isInProgress && this.#show(), 200);
    this.scroll.addEventListener("scroll", () => this.#rememberPlace());
    // Charts come a moment after the text; who was at the end stays there.
    this.growth = new ResizeObserver(() => this.#keepEnd());
    this.growth.observe(this.view.node);
    this.growth.observe(this.scroll);
  }

  get isLive() {
    return this.scrubber.at === undefined;
  }

  /** Loads the session and follows it; `at` puts the playhead there. */
  async open(at) {
    try {
      if (this.options.isNew) return this.#show();
      this.conversation = new Conversation(await this.client.state(this.session));
      if (this.conversation.isInProgress) this.#say(say("resumedAt", this.conversation.head));
      this.#follow();
    } catch (error) {
      if (error.code !== "session_not_found") this.composer.showProblem(say("failedToLoad", error.message));
    }
    this.#show();
    if (at !== undefined) await this.seek(at);
  }

  /** A session that did not exist when it was opened may have been made elsewhere. */
  appear(names) {
    if (this.options.isNew && names.includes(this.session) && !this.conversation.head) this.#follow();
  }

  close() {
    this.#ending.abort();
    this.scrubber.pause();
    clearInterval(this.ticker);
    this.growth.disconnect();
    this.view.close();
  }

  async #follow() {
    if (this.isFollowing) return;
    this.isFollowing = true;
    const options = {
      after: this.conversation.head,
      pace: "natural",
      signal: this.#ending.signal,
      onStatus: (status) => this.#showStatus(status),
    };
    try {
      for await (const { id, frame } of this.client.follow(this.session, options)) {
        const wasInProgress = this.conversation.isInProgress;
        this.conversation.apply(frame, id);
        if (frame.metadata.final_response) this.options.announce?.(frame.content);
        if (wasInProgress !== this.conversation.isInProgress) this.options.onChange?.();
        this.#schedule();
      }
      this.conversation.isClosed = !this.#ending.signal.aborted;
    } catch (error) {
      if (error instanceof PlayheadError) this.composer.showProblem([error.message, error.hint].filter(Boolean).join(
        " — "));
      else throw error;
    } finally {
      this.isFollowing = false;
    }
    this.#schedule();
  }

  #showStatus({ state, resumedAt, attempt }) {
    if (state === "waiting" && attempt) this.#say(say("reconnecting"), true);
    if (state === "open" && resumedAt !== undefined) this.#say(say("resumedAt", resumedAt));
  }

  #say(text, stays = false) {
    clearTimeout(this.noticeTimer);
    this.notice.textContent = text;
    this.notice.hidden = false;
    this.notice.classList.toggle("is-waiting", stays);
    if (!stays) this.noticeTimer = setTimeout(() => (this.notice.hidden = true), noticeMs);
  }

  /** At most one update a frame, however many tokens came. */
  #schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const show = () => ((this.isScheduled = false), this.#show());
    document.hidden ? setTimeout(show, 100) : requestAnimationFrame(show);
  }

  #show() {
    const { at } = this.scrubber;
    const shown = this.isLive ? this.conversation : this.folder.seek(at);
    this.view.show(shown);
    const isEmpty = !shown.messages.length;
    if (isEmpty !== this.wasEmpty) this.#showWelcome(isEmpty);
    this.composer.node.hidden = this.options.isReadOnly === true || !this.isLive || this.conversation.isClosed;
    this.past.hidden = this.isLive && !this.conversation.isClosed;
    const past = this.isLive ? say("sessionIsClosed") : say("lookingAt", at, this.conversation.head);
    if (this.past.textContent !== past) this.past.textContent = past;
    this.composer.setBusy(this.conversation.isInProgress);
    this.scrubber.node.hidden = !this.conversation.head;
    this.scrubber.show(this.conversation);
    this.inspector.show(at ?? this.conversation.head);
    if (!this.inspector.node.hidden && this.isLive && this.folder.head < this.conversation.head) this.#catchUp();
    this.#keepEnd();
  }

  #keepEnd() {
    if (!this.isAway) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  #rememberPlace() {
    this.isAway = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight > 60;
  }

  #showWelcome(isEmpty) {
    this.wasEmpty = isEmpty;
    this.welcome?.remove();
    if (!isEmpty || !this.isLive || this.options.isReadOnly) return;
    const suggest = (key) => element("button", { type: "button", class: "suggestion", onclick: () => this.composer
        .send(say(key)) }, say(key));
    this.welcome = element("div", { class: "welcome" }, element(
    "span", { class: "avatar large", "aria-hidden": "true" }, "美"),
      element("h2", {}, say("welcome")), element("p", {}, say("welcomeText")),
      element("div", { class: "suggestions" }, suggest("tryRisk"), suggest("tryPerformance")));
    this.scroll.prepend(this.welcome);
  }

  async #send(text, entries, key) {
    const { chatbot } = this.options;
    const contents = entries.length ? formOf(text, entries) : [{ content_type: "text", content: text }];
    await this.client.send(this.conversation.chatbot ?? chatbot?.name, this.session, contents, { key });
    this.isAway = false;
    this.options.onChange?.();
    this.#follow();
  }

  #stop() {
    this.client.cancel(this.session).catch((error) => this.composer.showProblem(error.message));
  }

  /** Asks the last question once more, with its files. */
  async #retry() {
    const question = this.conversation.messages.findLast((message) => message.role === "user");
    if (!question || this.conversation.isInProgress) return;
    const text = question.text;
    const entries = [];
    for (const content of question.contents ?? []) {
      if (!content.sha256) continue;
      const blob = await this.client.attachment(content.sha256, content.media_type ?? "");
      const file = new File([blob], content.name ?? content.content_type, { type: content.media_type ?? "" });
      entries.push({ file, isPicture: content.content_type === "image" });
    }
    await this.#send(text, entries).catch((error) => this.composer.showProblem(error.message));
  }

  /** Reads the recorded events that the playhead needs, once. */
  async loadEvents(upTo = this.conversation.head) {
    while (this.folder.head < upTo) {
      const page = await this.client.events(this.session, this.folder.head, 5000, this.#ending.signal);
      if (!page.events.length) break;
      this.folder.add(page.events);
    }
  }

  /** Puts the playhead at an offset, or back to now. */
  async seek(offset) {
    this.scrubber.at = offset === undefined ? undefined : Math.max(0, Math.min(offset, this.conversation.head));
    this.options.onSeek?.(this.scrubber.at);
    if (this.scrubber.at !== undefined && this.folder.head < this.conversation.head) {
      try {
        await this.loadEvents();
      } catch (error) {
        if (!this.#ending.signal.aborted) this.#say(say("failedToLoad", error.message));
      }
    }
    this.#schedule();
  }

  /** Reads what the open inspector is to show of a live session, one reading at a time. */
  async #catchUp() {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    await this.loadEvents().catch(() => {});
    this.isCatchingUp = false;
    this.#schedule();
  }

  async #toggleInspector() {
    const { node } = this.inspector;
    node.hidden = !node.hidden;
    this.scrubber.node.querySelector(".inspect").setAttribute("aria-expanded", String(!node.hidden));
    if (node.hidden) return;
    await this.loadEvents().catch(() => {});
    this.#show();
  }
}
