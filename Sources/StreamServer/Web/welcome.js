// What an empty session shows.

import { element } from "./elements.js";
import { say } from "./language.js";

/** What can be asked; `onAsk(text)` asks it. */
export function welcomeNode(onAsk) {
  const suggest = (key) => element("button", { type: "button", class: "suggestion", onclick: () => onAsk(say(key)) },
    say(key));
  return element("div", { class: "welcome" },
    element("span", { class: "avatar large", "aria-hidden": "true" }, "美"),
    element("h2", {}, say("welcome")), element("p", {}, say("welcomeText")),
    element("div", { class: "suggestions" }, suggest("tryRisk"), suggest("tryPerformance")));
}
