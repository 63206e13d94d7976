// What a session's frames amount to, in the shape of `GET /sessions/{session}`: messages, runs, nodes. The live page
// folds the frames it receives; the playhead folds the frames that it makes from recorded events, as the server
// would.

/** Folds frames. */
export class Conversation {
  constructor(state = {}) {
    this.head = state.head ?? 0;
    this.chatbot = state.chatbot;
    this.isClosed = state.is_closed ?? false;
    this.messages = state.messages ?? [];
    this.runs = state.runs ?? [];
  }

  /** True while a message waits for its answer: its own run's, or that of the run whose question it answers. */
  get isInProgress() {
    const run = this.runs.at(-1);
    if (run?.status === "started") return true;
    const last = this.messages.findLast((message) => message.role === "user");
    return last !== undefined && last.status !== "interrupted" && !this.runs.some((run) => run.message === last.offset || run.pauses
      ?.some((pause) => pause.reply === last.offset));
  }

  /** @param {import("./playhead.js").Frame} frame */
  apply(frame, id) {
    const offset = parseInt(id);
    const { metadata, content } = frame;
    this.head = Math.max(this.head, offset);
    const run = metadata.run && this.runs.findLast((run) => run.offset === metadata.run);
    switch (frame.type) {
      case "user_message":
        return this.#receive(offset, content, run);
      case "run":
        return this.#applyRun(run, offset, metadata, content ?? {});
      case "node":
        return run && this.#applyNode(run, offset, metadata, content ?? {});
      case "tool_message":
        return run && this.#applyUpdate(run, offset, metadata, content);
      case "ai_message":
        return this.#applyText(metadata, content);
      case "error":
        return run && (run.reason = content);
    }
  }

  #receive(offset, contents, run) {
    // An erased message has none, and the server's state leaves it out.
    if (!contents?.length) return;
    if (this.messages.some((message) => message.offset === offset)) return;
    const text = contents.filter((part) => part.content_type === "text").map((part) => part.content).join("\n");
    this.messages.push({ offset, role: "user", status: "completed", text, contents });
    // What answers a run's question belongs to that run.
    const question = run?.pauses?.at(-1);
    if (question) question.reply = offset;
  }

  #applyRun(run, offset, { status, message }, content) {
    if (status === "started" && !run) {
      this.runs.push({ offset, message, status, resumes: 0, nodes: [], ...content, seenAt: performance.now() });
    } else if (status === "resumed" && run) {
      const isReply = run.status === "paused";
      Object.assign(run, { status: "started" }, isReply ? {} : { resumes: run.resumes + 1, resumedAt: offset });
      // What was being worked on when the server stopped is tried again.
      for (const node of run.nodes)
        if (node.status === "started") node.status = "abandoned";
    } else if (!run) {
      // It was cancelled while it waited: no run will name it.
      const waiting = this.messages.find((one) => one.offset === message);
      if (waiting) waiting.status = "interrupted";
    } else {
      if (status === "paused") (run.pauses ??= []).push({ offset, node: content.node, asks: content.asks });
      Object.assign(run, { status, duration_ms: content.duration_ms, reason: content.reason ?? run.reason });
    }
  }

  #applyNode(run, offset, { status, node_name: name }, content) {
    // Its start was erased.
    if (name === undefined) return;
    const known = run.nodes.findLast((node) => node.node === name);
    if (status === "started" || !known) {
      run.nodes.push({ offset, node: name, attempt: content.attempt ?? 1, status, seenAt: performance.now(), ...
        content });
    } else {
      Object.assign(known, { status, duration_ms: content.duration_ms, error: content.error ?? content.reason });
      known.will_retry = content.will_retry;
    }
  }

  #applyUpdate(run, offset, { node_name: name }, content) {
    const node = run.nodes.findLast((node) => node.node === name);
    if (node) Object.assign(node, { update: content, updated_at: offset });
  }

  #applyText({ message: offset, role, node_name: node, run, streaming, final_response, status, supersedes }, content) {
    let message = this.messages.findLast((message) => message.offset === offset);
    if (!message) {
      message = { offset, role, node, run, status: "streaming", text: "" };
      this.messages.push(message);
    }
    if (supersedes) {
      message.supersedes = supersedes;
      const abandoned = this.messages.find((message) => message.offset === supersedes);
      if (abandoned) abandoned.is_superseded = true;
    }
    if (streaming) message.text += content;
    else if (final_response) Object.assign(message, { text: content ?? message.text, status: "completed" });
    else Object.assign(message, { status: status ?? "interrupted" });
  }
}

const statuses = { "answer.rejected": "rejected" };
/** What says nothing once its body is erased; the other kinds still say what ended. */
const needsBody = /started$|received$|skipped$|^message\.completed$|^token$/;

/** Folds recorded events up to any offset; going back begins anew. */
export class EventFolder {
  /** @type {import("./playhead.js").RecordedEvent[]} from offset 1, without gaps */
  events = [];
  conversation = new Conversation();
  #origins = new Map();

  /** The event at an offset. */
  at(offset) {
    return this.events[offset - 1];
  }

  get head() {
    return this.events.length;
  }

  /** Forgets everything: it was erased, or another log has taken its place. */
  clear() {
    this.events = [];
    this.conversation = new Conversation();
    this.#origins.clear();
  }

  add(events) {
    for (const event of events)
      if (event.offset === this.head + 1) this.events.push(event);
  }

  /** What the page showed when this was the newest event. */
  seek(offset) {
    if (offset < this.conversation.head) {
      this.conversation = new Conversation();
      this.#origins.clear();
    }
    for (let next = this.conversation.head + 1; next <= offset && next <= this.head; next++) this.#fold(this.at(
      next));
    return this.conversation;
  }

  /** An event, the event it belongs to, and so on. */
  chain(offset) {
    const chain = [];
    for (let event = this.at(offset); event; event = event.cause && this.at(event.cause)) chain.push(event);
    return chain;
  }

  #fold(event) {
    const isMute = event.body === null && needsBody.test(event.kind);
    const origin = this.#origin(event, isMute);
    if (/started$|received$/.test(event.kind)) this.#origins.set(event.offset, origin);
    if (event.kind === "session.opened") this.conversation.chatbot = event.body?.chatbot;
    if (event.kind === "session.closed") this.conversation.isClosed = true;
    const frame = isMute ? undefined : this.#frame(event, origin);
    if (frame) this.conversation.apply(frame, event.offset);
    this.conversation.head = event.offset;
  }

  /** Where an event belongs; what an erased start began belongs to nothing. */
  #origin({ kind, offset, cause, body }, isMute) {
    if (isMute) return {};
    const origin = { ...(this.#origins.get(cause) ?? {}) };
    if (kind === "message.received") origin.message = offset;
    if (kind === "run.started") Object.assign(origin, { run: offset, answers: cause });
    if (kind === "node.started" && origin.run) origin.node = body.node;
    if (kind === "message.started") {
      const { role, streaming, supersedes } = body;
      Object.assign(origin, { message: offset, role, streaming: streaming ?? true, supersedes });
    }
    return origin;
  }

  #frame({ kind, body }, origin) {
    const [noun, verb] = kind.split(".");
    const metadata = {
      role: origin.role,
      node_name: origin.node ?? body?.node,
      run: origin.run,
      message: origin.message,
      supersedes: origin.supersedes,
      status: statuses[kind] ?? verb,
    };
    if (kind === "message.received") return { type: "user_message", content: body.contents, metadata };
    if (kind === "node.updated") return { type: "tool_message", content: body, metadata };
    if (noun === "run") return { type: "run", content: body, metadata: { ...metadata, message: origin.answers } };
    if (noun === "node") return { type: "node", content: body, metadata };
    if (origin.message === undefined) return undefined;
    if (kind === "token") return { type: "ai_message", content: body.text, metadata: { ...metadata,
        streaming: true } };
    if (kind === "message.completed") return { type: "ai_message", metadata: { ...metadata, final_response: true } };
    if (kind === "message.interrupted" || kind === "answer.rejected") return { type: "ai_message", content: "",
      metadata };
    return undefined;
  }
}
