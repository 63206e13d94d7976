// Figures as the reports give them: `{"value":…,"unit":…,"status":"ok"}` or
// `{"status":"insufficient_data","reason":…}`. One without a value says why, and never looks like a zero.

import { element } from "./elements.js";
import { money, nameOf, percent, plain, say } from "./language.js";

export const hasValue = (figure) => typeof figure?.value === "number";

/** A figure as text, in its unit. */
export function figureText(figure, options) {
  if (!hasValue(figure)) return "–";
  if (figure.unit.startsWith("fraction")) return percent(figure.value, options);
  if (figure.unit === "index" || figure.unit === "count") return plain(figure.value, figure.unit === "count" ? 1 : 2);
  return money(figure.value, figure.unit, { maximumFractionDigits: 0, minimumFractionDigits: 0, ...options });
}

/** One tile `{name, figure, note, tone}`. */
function tile({ name, figure, note, isSigned }) {
  const tone = isSigned && figure.value !== 0 ? (figure.value < 0 ? "loss-text" : "gain-text") : "";
  return element("div", { class: "tile" },
    element("dt", {}, nameOf(name)),
    element("dd", { class: tone }, figureText(figure, isSigned ? { signDisplay: "exceptZero" } : {}),
      note && element("small", {}, note)));
}

/** The figures that have a value as tiles, the others below them with the reason. */
export function tiles(entries) {
  const present = entries.filter((entry) => hasValue(entry.figure));
  return [
    present.length > 0 && element("dl", { class: "tiles" }, present.map(tile)),
    missing(entries.filter((entry) => entry.figure && !hasValue(entry.figure))),
  ];
}

/** Figures without a value, together by their reason. */
function missing(entries) {
  if (!entries.length) return null;
  const byReason = Map.groupBy(entries, ({ figure }) => figure.reason ?? figure.status);
  return element("div", { class: "missing" }, element("h3", {}, say("notComputed")),
    element("ul", {}, [...byReason].map(([reason, group]) => element("li", {},
      element("span", {}, group.map((entry) => nameOf(entry.name)).join(" · ")),
      element("em", {}, nameOf(reason))))));
}

/** A card with a heading. */
export function card(name, title, ...children) {
  return element("section", { class: `card card-${name}` }, element("h2", {}, title), ...children);
}
