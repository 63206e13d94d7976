// One session: its conversation, live or at the playhead, and the means to write, stop, look back and inspect.

import { ConversationView } from "./chat.js";
import { Composer, entriesOf, formOf } from "./composer.js";
import { Conversation, EventFolder } from "./conversation.js";
import { element } from "./elements.js";
import { Inspector } from "./inspector.js";
import { say } from "./language.js";
import { Notice } from "./notice.js";
import { PlayheadError } from "./playhead.js";
import { problemOf } from "./problems.js";
import { Proof } from "./proof.js";
import { Reading } from "./reading.js";
import { Scrubber } from "./scrubber.js";
import { welcomeNode } from "./welcome.js";

/** The pause before a session that could not be loaded is asked for again, in milliseconds. */
const reloadMs = 2000;
/** How long the answer to a message may take, in milliseconds, beside the time in which its files go. */
const answerMs = 60000;
const slowestBytesPerMs = 20;
/** The server has no such position: its log is another one. */
const lostPlace = new Set(["log_changed", "offset_beyond_head"]);

/** Everything about one session. */
export class SessionView {
  folder = new EventFolder();
  conversation = new Conversation();
  #ending = new AbortController();

  constructor(client, session, options) {
    Object.assign(this, { client, session, options });
    const { chatbots, isReadOnly } = options;
    this.view = new ConversationView({
      client,
      nodes: (name) => chatbots.nodes(name ?? this.conversation.chatbot),
      onRetry: isReadOnly ? undefined : (answer) => this.#retry(answer),
    });
    this.scroll = element("div", { class: "scroll", tabindex: -1 }, this.view.node);
    this.reading = new Reading(this.scroll, this.view.node);
    this.notice = new Notice();
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
    this.composer = new Composer({
      session,
      onSend: (...message) => this.#send(...message),
      onStop: () => this.#stop(),
    });
    this.node = element("div", { class: "session" },
      isReadOnly && element("h2", { class: "side-name" }, session),
      this.scroll,
      element("div", { class: "foot" }, this.reading.button, this.notice.node, this.past,
        !isReadOnly && this.composer.node, this.inspector.node, this.scrubber.node));
    this.ticker = setInterval(() => this.conversation.isInProgress && this.#show(), 200);
  }

  get isLive() {
    return this.scrubber.at === undefined;
  }

  /** Loads the session and follows it; `at` puts the playhead there. */
  async open(at) {
    if (!this.options.isNew) await this.#load();
    if (this.#ending.signal.aborted) return;
    this.#show();
    if (at !== undefined && this.conversation.head) await this.seek(at);
    if (!this.#ending.signal.aborted && !this.options.isReadOnly) this.composer.restore();
  }

  /** Reads what the session amounts to, as soon as the server can be reached, and follows it. */
  async #load() {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        this.conversation = new Conversation(await this.client.state(this.session));
        this.notice.answered();
        if (this.conversation.isInProgress) this.notice.say(say("resumedAt", this.conversation.head));
        this.#follow();
        return;
      } catch (error) {
        if (error instanceof PlayheadError && !error.isTemporary) return this.#refuse(error);
        this.notice.wait();
        await new Promise((resolve) => setTimeout(resolve, Math.max(reloadMs, error.retryAfterMs ?? 0)));
      }
    }
  }

  /** Says what the server refuses. What was erased is shown no longer. */
  #refuse(error) {
    this.notice.answered();
    if (error.code === "session_not_found") this.options.isNew = true;
    else if (error.code === "session_erased") {
      this.isErased = true;
      this.conversation = new Conversation();
      this.folder.clear();
      if (!this.isLive) this.seek(undefined);
    } else this.composer.showProblem(say("failedToLoad", problemOf(error)));
  }

  /** A session that did not exist when it was opened may have been made elsewhere; another may have been erased. */
  appear(list) {
    if (this.options.isNew && list.names.includes(this.session) && !this.conversation.head) this.#follow();
    if (this.isErased || !list.isErased(this.session)) return;
    this.#refuse({ code: "session_erased" });
    this.#schedule();
  }

  close() {
    this.#ending.abort();
    this.scrubber.pause();
    clearInterval(this.ticker);
    this.composer.close();
    this.reading.close();
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
      await this.#end();
    } catch (error) {
      if (!(error instanceof PlayheadError)) throw error;
      if (lostPlace.has(error.code)) setTimeout(() => this.#beginAnew());
      else this.#refuse(error);
    } finally {
      this.isFollowing = false;
    }
    this.#schedule();
  }

  /** A stream ends where the session is closed, and where it was erased. */
  async #end() {
    if (this.#ending.signal.aborted) return;
    const state = await this.client.state(this.session).catch((error) => error);
    if (state instanceof PlayheadError && !state.isTemporary) throw state;
    this.notice.answered();
    this.conversation.isClosed = true;
  }

  async #beginAnew() {
    this.folder.clear();
    this.conversation = new Conversation();
    await this.#load();
    await this.seek(undefined);
  }

  #showStatus({ state, resumedAt, attempt }) {
    if (state === "waiting" && attempt) this.notice.wait();
    if (state !== "open") return;
    this.notice.answered();
    if (resumedAt !== undefined) this.notice.say(say("resumedAt", resumedAt));
  }

  /** At most one update a frame, however many tokens came. */
  #schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const show = () => ((this.isScheduled = false), this.#show());
    document.hidden ? setTimeout(show, 100) : requestAnimationFrame(show);
  }

  #show() {
    if (this.#ending.signal.aborted) return;
    const { at } = this.scrubber;
    const shown = this.isLive ? this.conversation : this.folder.seek(at);
    this.view.show(shown);
    const isEmpty = !shown.messages.length;
    const isOver = this.conversation.isClosed || this.isErased === true;
    this.#showWelcome(isEmpty && !isOver);
    this.composer.node.hidden = !this.isLive || isOver;
    this.past.hidden = this.isLive && !isOver;
    const over = say(this.isErased ? "sessionIsErased" : "sessionIsClosed");
    const past = this.isLive ? over : say("lookingAt", at, this.conversation.head);
    if (this.past.textContent !== past) this.past.textContent = past;
    this.composer.setBusy(this.conversation.isInProgress);
    this.scrubber.node.hidden = !this.conversation.head;
    this.scrubber.show(this.conversation);
    this.inspector.show(at ?? this.conversation.head);
    if (!this.inspector.node.hidden && this.isLive && this.folder.head < this.conversation.head) this.#catchUp();
    this.reading.keep();
  }

  /** Shows again what depends on others: the list of chatbots has come, say. */
  refresh() {
    this.#schedule();
  }

  /** Says who is talked to; true where it is the advisor. */
  #showChatbot() {
    const { chatbots, isReadOnly } = this.options;
    if (!isReadOnly) chatbots.show(this.isLive ? this.session : undefined, this.conversation);
    const chatbot = chatbots.of(this.session, this.conversation);
    const isAdvisor = !chatbot || chatbot.name === "xiaomei";
    this.composer.input.placeholder = isAdvisor ? say("placeholder") : say("placeholderOf", chatbot.title);
    return isAdvisor;
  }

  #showWelcome(isWelcome) {
    const isShown = this.#showChatbot() && isWelcome && this.isLive && !this.options.isReadOnly;
    if (isShown === (this.welcome !== undefined)) return;
    this.welcome?.remove();
    this.welcome = undefined;
    if (!isShown) return;
    this.welcome = welcomeNode((text) => this.composer.send(text));
    this.scroll.prepend(this.welcome);
  }

  async #send(text, entries, key) {
    const contents = entries.length ? formOf(text, entries) : [{ content_type: "text", content: text }];
    const chatbot = await this.options.chatbots.find(this.session, this.conversation);
    // Nobody waits for ever for an answer that was lost on the way.
    const [late, bytes] = [new AbortController(), entries.reduce((sum, { file }) => sum + file.size, 0)];
    const timer = setTimeout(() => late.abort(new DOMException("no answer", "TimeoutError")), answerMs + bytes /
      slowestBytesPerMs);
    await this.client.send(chatbot, this.session, contents, { key, signal: late.signal }).finally(() =>
      clearTimeout(timer));
    this.reading.toEnd();
    this.options.onChange?.();
    this.#follow();
  }

  #stop() {
    this.client.cancel(this.session).catch((error) => this.composer.showProblem(problemOf(error)));
  }

  /** Asks the question of an answer once more, with its files. */
  async #retry(answer) {
    const { messages, runs, isInProgress } = this.conversation;
    const asked = runs.find((run) => run.offset === answer.run)?.message;
    const question = messages.find((message) => message.offset === asked);
    if (!question || isInProgress || this.isRetrying || !this.isLive) return;
    this.isRetrying = true;
    try {
      await this.#send(question.text, await entriesOf(this.client, question));
    } catch (error) {
      this.composer.showProblem(problemOf(error));
    }
    this.isRetrying = false;
  }

  /** Reads the recorded events that the playhead needs, once, however often it is moved meanwhile. */
  async loadEvents() {
    while (this.folder.head < this.conversation.head) {
      const before = this.folder.head;
      await (this.reader ??= this.#read().finally(() => (this.reader = undefined)));
      if (this.folder.head === before) break;
    }
  }

  async #read(upTo = this.conversation.head) {
    while (this.folder.head < upTo) {
      const page = await this.client.events(this.session, this.folder.head, 5000, this.#ending.signal);
      if (!page.events.length) break;
      this.folder.add(page.events);
    }
  }

  /** Puts the playhead at an offset, or back to now. */
  async seek(offset) {
    // The address is another session's by now.
    if (this.#ending.signal.aborted) return;
    this.scrubber.at = offset === undefined ? undefined : Math.max(0, Math.min(offset, this.conversation.head));
    this.options.onSeek?.(this.scrubber.at);
    if (this.scrubber.at !== undefined && this.folder.head < this.conversation.head) {
      try {
        await this.loadEvents();
      } catch (error) {
        if (!this.#ending.signal.aborted) this.notice.say(say("failedToLoad", problemOf(error)));
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
