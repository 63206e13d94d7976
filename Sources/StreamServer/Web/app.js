// The page: the sessions at the side, one session or two in the middle. The address says which: `#demo`, `#demo@131`
// with the playhead at an offset, `#demo/other` for two side by side.

import { Chatbots } from "./chatbots.js";
import { Comparison } from "./compare.js";
import { Drops } from "./drops.js";
import { element, iconButton, outsideText } from "./elements.js";
import { isChinese, say } from "./language.js";
import { PlayheadClient } from "./playhead.js";
import { SessionView } from "./session.js";
import { SessionList, freshName, sessionName } from "./sessions.js";

const client = new PlayheadClient();
let current;
const chatbots = new Chatbots(client, () => current?.refresh?.());
/** Names that this page made up: the server knows none of them before its first message. */
const freshNames = new Set();

document.documentElement.lang = isChinese ? "zh-CN" : "en";

const list = new SessionList(client, {
  onOpen: open,
  onNew: openNew,
  onClose: () => showList(false),
  onRefresh: () => current?.appear?.(list),
});
const title = element("h1", { class: "session-title" });
const stage = element("div", { class: "stage" });
const menuButton = iconButton("menu", say("menu"), () => showList(!document.body.classList.contains(
"shows-list")), { class: "icon-button menu-button", "aria-controls": "sessions", "aria-expanded": "false" });
const compareChoice = element("select", { "aria-label": say("compareWith"), onchange: compareWith });
const compareField = element("label", { class: "compare-field" }, element("span", { class: "unseen" }, say(
  "compareWith")), compareChoice);
const proof = element("div", { class: "proof-place" });

document.querySelector("#page").append(
  element("a", { class: "skip", href: "#message", onclick: skip }, say("skip")),
  list.node,
  element("main", { id: "main" },
    element("header", { class: "topbar" }, menuButton, title, proof, chatbots.node, compareField), stage));
document.addEventListener("keydown", key);
document.addEventListener("click", (event) => {
  if (document.body.classList.contains("shows-list") && !list.node.contains(event.target) && !menuButton.contains(
      event.target)) showList(false);
});
window.addEventListener("hashchange", route);

new Drops(() => (current?.composer?.takesFiles ? current.composer : undefined));

// Without the list of chatbots sessions can still be read.
chatbots.load();
await list.refresh();
route();

/** What the address asks for. */
function address() {
  const [place, second] = decodeURIComponent(location.hash.slice(1)).split("/");
  const [session, at] = place.split("@");
  return {
    session: sessionName.test(session) ? session : undefined,
    second: sessionName.test(second ?? "") ? second : undefined,
    at: /^\d{1,15}$/.test(at ?? "") ? Number(at) : undefined,
  };
}

function route() {
  const { session, second, at } = address();
  if (!session) return list.names.length ? open(list.names[0]) : openNew();
  if (second) return compare(session, second);
  if (current instanceof SessionView && current.session === session) {
    if (at !== current.scrubber.at) current.seek(at);
    return undefined;
  }
  const isNew = !list.names.includes(session) && (list.isComplete || freshNames.has(session));
  replace(new SessionView(client, session, { chatbots, isNew, announce, onSeek: rememberPlace, onChange: () => list
      .refresh() }), session);
  current.open(at).then(fillChoices);
  if (matchMedia("(hover: hover)").matches) current.composer.input.focus();
  return undefined;
}

function compare(first, second) {
  replace(new Comparison(client, first, second, { chatbots, onEnd: open }), `${first} · ${second}`);
  current.open();
  compareField.hidden = true;
}

function replace(view, name) {
  current?.close();
  current = view;
  stage.replaceChildren(view.node);
  chatbots.show();
  proof.replaceChildren(...(view.proof ? [view.proof.node] : []));
  title.replaceChildren(outsideText(name));
  document.title = `${name} · Playhead`;
  list.select(address().session);
  showList(false);
}

function openNew() {
  const name = freshName();
  freshNames.add(name);
  open(name);
}

function open(session) {
  showList(false);
  if (location.hash === `#${session}`) return;
  location.hash = session;
}

/** The address follows the playhead without filling the history. */
function rememberPlace(at) {
  const { session } = current;
  history.replaceState(null, "", at === undefined ? `#${session}` : `#${session}@${at}`);
}

function showList(isShown) {
  document.body.classList.toggle("shows-list", isShown);
  menuButton.setAttribute("aria-expanded", String(isShown));
  if (isShown) list.search.focus();
}

function fillChoices() {
  const { session } = address();
  const others = list.names.filter((name) => name !== session);
  compareField.hidden = !others.length;
  compareChoice.replaceChildren(element("option", { value: "" }, say("compareWith")),
    ...others.map((name) => element("option", { value: name }, name)));
}

function compareWith() {
  const { session } = address();
  if (compareChoice.value) location.hash = `${session}/${compareChoice.value}`;
}

/** The finished answer, once, for those who listen. */
function announce(text) {
  document.querySelector("#announcer").textContent = text;
}

function skip(event) {
  event.preventDefault();
  (current?.composer?.input ?? stage).focus();
}

/** The playhead's keys, where nothing else wants them. */
function key(event) {
  if (event.key === "Escape" && document.body.classList.contains("shows-list")) {
    showList(false);
    menuButton.focus();
    return;
  }
  const isTaken = event.target.closest("input, textarea, select, button, a, summary, [tabindex='0']");
  if (isTaken || event.altKey || event.ctrlKey || event.metaKey || !(current instanceof SessionView)) return;
  const { scrubber } = current;
  const actions = {
    ArrowLeft: () => scrubber.step(event.shiftKey ? -10 : -1),
    ArrowRight: () => scrubber.step(event.shiftKey ? 10 : 1),
    Home: () => scrubber.step(-scrubber.head),
    End: () => current.seek(undefined),
    " ": () => (scrubber.isPlaying ? scrubber.pause() : scrubber.play()),
  };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
}
