// Charts without a library: SVG for what is drawn, HTML for what is read, so that text stays sharp at every width.

import { element, outsideText, shape } from "./elements.js";
import { say } from "./language.js";

/** How many colours the palette has. */
const hues = 8;

export const hue = (index) => `hue-${(index % hues) + 1}`;

/** A ring of parts `{label, value}`, the largest first. */
export function donut(parts, title) {
  const total = parts.reduce((sum, part) => sum + Math.max(0, part.value), 0);
  const ring = shape("svg", { viewBox: "0 0 120 120", class: "donut", role: "img", "aria-label": title });
  let start = 0;
  parts.forEach((part, index) => {
    const share = total > 0 ? (Math.max(0, part.value) / total) * 100 : 0;
    // The gap between two parts must not swallow a thin one.
    const length = Math.max(share - 0.7, share * 0.5);
    ring.append(shape("circle", {
      cx: 60,
      cy: 60,
      r: 48,
      pathLength: 100,
      class: `arc ${hue(index)}`,
      "stroke-dasharray": `${length} ${100 - length}`,
      "stroke-dashoffset": -start,
      transform: "rotate(-90 60 60)",
    }));
    start += share;
  });
  return ring;
}

/** Rows `{label, value, text}` as bars left and right of zero. */
export function divergingBars(rows) {
  const low = Math.min(0, ...rows.map((row) => row.value));
  const high = Math.max(0, ...rows.map((row) => row.value));
  const span = high - low || 1;
  const zero = (-low / span) * 100;
  return element("ul", { class: "bars" }, rows.map((row) => {
    const bar = element("span", { class: `bar ${row.value < 0 ? "loss" : "gain"}` });
    bar.style.width = `${Math.max(0.6, (Math.abs(row.value) / span) * 100)}%`;
    bar.style.left = `${row.value < 0 ? zero - (Math.abs(row.value) / span) * 100 : zero}%`;
    const axis = element("span", { class: "zero" });
    axis.style.left = `${zero}%`;
    return element("li", {},
      outsideText(row.label, "span", { class: "bar-label", title: row.label }),
      element("span", { class: "track" }, bar, axis),
      element("span", { class: `number ${row.value < 0 ? "loss" : "gain"}-text` }, row.text));
  }));
}

/** Rows `{label, share, text}` as bars from the left. */
export function shareBars(rows) {
  const high = Math.max(...rows.map((row) => row.share), 0.0001);
  return element("ul", { class: "bars" }, rows.map((row) => {
    const bar = element("span", { class: `bar ${row.class ?? ""}` });
    bar.style.width = `${Math.max(0.6, (row.share / high) * 100)}%`;
    return element("li", {}, outsideText(row.label, "span", { class: "bar-label" }),
      element("span", { class: "track" }, bar), element("span", { class: "number" }, row.text));
  }));
}

const width = 1000;

/**
 * Lines over the same days. `lines` is `[{class, values, label}]`; an `area` fills down from zero instead.
 * @param {{days: string[], lines: any[], height: number, format: (value: number) => string, isArea?: boolean,
 *   title: string}} chart
 */
export function lineChart({ days, lines, height, format, isArea = false, title }) {
  const values = lines.flatMap((line) => line.values);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (isArea) high = 0;
  if (high === low)[low, high] = [low - 0.01, high + 0.01];
  const x = (index) => ((index / Math.max(1, days.length - 1)) * width).toFixed(1);
  const y = (value) => (((high - value) / (high - low)) * height).toFixed(1);
  const path = (line) => line.values.map((value, index) => `${index ? "L" : "M"}${x(index)} ${y(value)}`).join("");
  const svg = shape("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    class: "lines",
    role: "img",
    "aria-label": title,
  });
  for (const part of [0, 0.5, 1]) {
    svg.append(shape("path", { class: "grid", d: `M0 ${part * height}H${width}` }));
  }
  for (const line of lines) {
    if (isArea) svg.append(shape("path", { class: `area ${line.class}`, d: `${path(line)}L${width} 0L0 0Z` }));
    svg.append(shape("path", { class: `line ${line.class}`, d: path(line) }));
  }
  svg.style.height = `${height}px`;
  const axis = element("div", { class: "axis" }, [high, (high + low) / 2, low].map((value) =>
    element("span", {}, format(value))));
  const cursor = element("div", { class: "cursor", hidden: true });
  const readout = element("div", { class: "readout", hidden: true });
  const plot = element("div", { class: "plot" }, svg, axis, cursor, readout);
  const show = (event) => {
    const bounds = svg.getBoundingClientRect();
    const index = Math.round(((event.clientX - bounds.left) / bounds.width) * (days.length - 1));
    const isInside = event.type !== "pointerleave" && index >= 0 && index < days.length;
    cursor.hidden = readout.hidden = !isInside;
    if (!isInside) return;
    const share = index / Math.max(1, days.length - 1);
    cursor.style.left = `${share * 100}%`;
    readout.classList.toggle("to-left", share > 0.6);
    readout.style.left = `${share * 100}%`;
    readout.replaceChildren(element("b", {}, days[index]),
      ...lines.map((line) => element("span", { class: line.class }, `${line.label} ${format(line.values[index])}`))
      );
  };
  plot.addEventListener("pointermove", show);
  plot.addEventListener("pointerleave", show);
  return plot;
}

/** The names of lines, and the first and last day. */
export function lineLegend(lines, days) {
  return element("div", { class: "legend-row" },
    lines.map((line) => element("span", { class: "key" }, element("i", { class: `swatch ${line.class}` }), line
      .label)),
    element("span", { class: "days" }, `${days[0]} – ${days.at(-1)}`));
}

/** A table whose columns sort: `[{key, label, value, show, isNumber}]`. */
export function sortableTable(columns, rows, caption) {
  const body = element("tbody");
  let [sorted, direction] = [undefined, 1];
  const fill = () => {
    const column = columns.find((column) => column.key === sorted);
    const ordered = column ? rows.toSorted((a, b) => compare(column.value(a), column.value(b)) * direction) : rows;
    body.replaceChildren(...ordered.map((row) => element("tr", {}, columns.map((column, index) =>
      element(index ? "td" : "th", { scope: index ? undefined : "row", class: column.isNumber ? "number" :
            undefined },
        column.show(row))))));
  };
  const heads = columns.map((column) => {
    const head = element("th", { scope: "col", class: column.isNumber ? "number" : undefined });
    head.append(element("button", {
      type: "button",
      title: say("sortBy", column.label),
      onclick: () => {
        direction = sorted === column.key ? -direction : column.isNumber ? -1 : 1;
        sorted = column.key;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        fill();
      },
    }, column.label));
    return head;
  });
  fill();
  const table = element("table", {}, element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, heads)), body);
  return element("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": caption }, table);
}

function compare(a, b) {
  if (typeof a === "string" || typeof b === "string") return String(a ?? "").localeCompare(String(b ?? ""));
  return (a ?? -Infinity) - (b ?? -Infinity);
}
