// Makes elements. Text always becomes a text node: nothing that a model or a user wrote is ever parsed as HTML.

const svgNamespace = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** An HTML element: attributes, `onclick: function` for listeners, then children (strings become text). */
export function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function shape(tag, properties = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), properties, children);
}

const icons = {
  attach: "M8 12.5l6.2-6.2a3 3 0 0 1 4.2 4.2l-8 8a5 5 0 0 1-7-7l7.6-7.6",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  done: "M5 12.5l4.5 4.5L19 7.5",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8 6v12M16 6v12",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  add: "M12 5v14M5 12h14",
  compare: "M4 5h7v14H4zM15 5h5v14h-5",
  inspect: "M8 6l-5 6 5 6M16 6l5 6-5 6",
  fail: "M12 7v6M12 16.5v.5",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  seal: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.2 2.2L15.5 10",
};

/** A drawing of 24 by 24 in the colour of the text. */
export function icon(name) {
  return shape("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" },
    shape("path", { d: icons[name] }));
}

/** A button with a drawing; the label is for those who do not see it. */
export function iconButton(name, label, onclick, properties = {}) {
  return element("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...
      properties },
    icon(name));
}

// Characters that steer the direction of text or a terminal. They are shown, not obeyed.
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const split = new RegExp(`(${controls.source})`, "u");

/** Shows text that comes from outside, as cheaply as can be when it only grew. */
export function showText(node, text) {
  if (node.shownText === text) return;
  const shown = node.shownText;
  const tail = shown !== undefined && text.startsWith(shown) ? text.slice(shown.length) : undefined;
  node.shownText = text;
  if (tail !== undefined && node.lastChild?.nodeType === Node.TEXT_NODE && !controls.test(tail)) {
    node.lastChild.appendData(tail);
    return;
  }
  const parts = (tail ?? text).split(split).filter((part) => part !== "");
  const pieces = parts.map((part) => (controls.test(part) ? controlMark(part) : document.createTextNode(part)));
  if (tail === undefined) node.replaceChildren(...pieces);
  else node.append(...pieces);
}

function controlMark(character) {
  const code = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return element("span", { class: "control-character" }, code);
}

/** A span of text from outside, on its own in the direction of its first letter. */
export function outsideText(text, tag = "span", properties = {}) {
  const node = element(tag, { ...properties, class: `outside ${properties.class ?? ""}`.trim() });
  showText(node, String(text ?? ""));
  return node;
}
