// Who can be talked to. A server that cannot be reached, or that has nobody yet, is asked again until it has.

import { element } from "./elements.js";
import { say } from "./language.js";

/** The pauses between two questions, in milliseconds. */
const pauses = { first: 1000, last: 15000 };

/** The list of chatbots and the choice between them, which each session keeps. */
export class Chatbots {
  #list = [];
  #asked;

  /** @param {() => void} onChange  hears that the list has come, or that another one was chosen */
  constructor(client, onChange) {
    Object.assign(this, { client, onChange });
    this.choice = element("select", { "aria-label": say("chatbot"), onchange: () => this.#choose() });
    this.node = element("label", { class: "chatbot-field", hidden: true }, this.choice);
  }

  /** Asks once, and goes on asking where nobody is there. */
  load(pause = pauses.first) {
    return this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
      clearTimeout(this.timer);
      if (!this.#list.length) this.timer = setTimeout(() => this.load(Math.min(pauses.last, pause * 2)), pause);
    });
  }

  async #ask() {
    const found = await this.client.chatbots().catch(() => undefined);
    this.isReached = found !== undefined;
    this.#list = found ?? [];
    this.choice.replaceChildren(...this.#list.map(({ name, title }) => element("option", { value: name }, title)));
    if (this.#list.length) this.onChange();
  }

  /** The nodes of a chatbot's workflow, in their order. */
  nodes(name) {
    return this.#list.find((chatbot) => chatbot.name === name)?.nodes ?? [];
  }

  /** Whom the next message of a session is for: who was chosen, who answered last, or else the first. */
  of(session, conversation) {
    const names = [this.#chosen(session), conversation.runs.at(-1)?.chatbot, conversation.chatbot];
    const find = (name) => this.#list.find((chatbot) => chatbot.name === name);
    return names.map(find).find(Boolean) ?? this.#list[0];
  }

  /** As `of`, but the list is asked for where it has not come. */
  async find(session, conversation) {
    if (!this.#list.length) await this.load();
    const found = this.of(session, conversation)?.name ?? conversation.chatbot;
    if (found) return found;
    throw this.isReached ? Object.assign(new Error(say("noChatbots")), { isTemporary: true }) : new TypeError();
  }

  /** Shows the choice of a session; nothing where there is none. */
  show(session, conversation) {
    this.session = session;
    this.node.hidden = this.#list.length < 2 || session === undefined;
    const name = session && this.of(session, conversation)?.name;
    if (name && this.choice.value !== name) this.choice.value = name;
  }

  #choose() {
    try {
      sessionStorage.setItem(`playhead chatbot ${this.session}`, this.choice.value);
    } catch {
      this.kept = { ...this.kept, [this.session]: this.choice.value };
    }
    this.onChange();
  }

  #chosen(session) {
    if (this.kept?.[session]) return this.kept[session];
    try {
      return sessionStorage.getItem(`playhead chatbot ${session}`) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
