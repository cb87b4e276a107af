// Small things that every page needs: elements, dialogs, notices. Text is always set as text, never as markup.
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NOTICE_MILLIS = 7000;

const ICONS = {
  phone: "M5 3h3l2 5-2.500 1.500a11 11 0 0 0 5 5L14 12l5 2v3a2 2 0 0 1-2.200 2A16 16 0 0 1 3 5.200 2 2 0 0 1 5 3z",
  forward: "M4 17v-3a5 5 0 0 1 5-5h10M15 5l4 4-4 4",
  end: "M5 5l12 12M17 5L5 17",
  moon: "M18 13.500A7.500 7.500 0 0 1 8.500 4a7.500 7.500 0 1 0 9.500 9.500z",
  sun: "M11 7a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 1v2M11 19v2M1 11h2M19 11h2M4 4l1.400 1.400M16.600 16.600L18 18M18 4l-1.400 1.400M5.400 16.600L4 18",
  help: "M8 8a3 3 0 1 1 4.200 2.750c-.8.400-1.200 1-1.200 1.750M11 15.500v.1",
  leave: "M9 4H5a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h4M14 15l4-4-4-4M18 11H9",
};

/** An element: h("p", {class: "hint", onclick: f}, "text", other). What is null, undefined or false is left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") {
      element[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 22 22");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Writes only what has changed: what a person reads or has selected stays as it is. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Says something for a while; failures stay until they are closed. */
export function notice(text, kind = "done") {
  const box = h("div", { class: `notice ${kind}` }, h("p", {}, text),
    h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => box.remove() }, icon("end")));
  document.getElementById("notices").append(box);
  if (kind !== "failed") {
    setTimeout(() => box.remove(), NOTICE_MILLIS);
  }
}

/** For people who cannot see the board. */
export function say(text) {
  const log = document.getElementById("spoken");
  log.append(h("p", {}, text));
  while (log.childElementCount > 20) {
    log.firstElementChild.remove();
  }
}

/**
 * A dialog with a form; closes when it is sent, cancelled, or Escape is pressed.
 *
 * @param send gets the dialog; what it throws is for the dialog to show, and keeps it open
 */
export function dialog({ title, body, action, danger = false, send }) {
  const failure = h("p", { class: "failure", role: "alert", hidden: true });
  const confirm = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const form = h("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      confirm.disabled = true;
      failure.hidden = true;
      try {
        await send();
        close();
      } catch (problem) {
        failure.textContent = problem.words ? problem.words() : String(problem);
        failure.hidden = false;
      } finally {
        confirm.disabled = false;
      }
    },
  }, h("h2", { id: "dialog-title" }, title), body, failure,
    h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => close() }, t("cancel")), confirm));
  const box = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  const before = document.activeElement;
  function close() {
    box.close();
  }
  box.addEventListener("close", () => {
    box.remove();
    if (before && before.isConnected) {
      before.focus();
    }
  });
  document.body.append(box);
  box.showModal();
  return box;
}

/** A dialog that only tells something. */
export function tell(title, body) {
  const before = document.activeElement;
  const close = h("button", { type: "button", class: "primary", autofocus: true, onclick: () => box.close() }, t("close"));
  const box = h("dialog", { "aria-labelledby": "dialog-title", class: "wide" }, h("h2", { id: "dialog-title" }, title), body,
    h("div", { class: "buttons" }, close));
  box.addEventListener("close", () => {
    box.remove();
    if (before && before.isConnected) {
      before.focus();
    }
  });
  document.body.append(box);
  box.showModal();
  return box;
}

/** A labelled field of a dialog. */
export function field(label, input, hint = "") {
  const id = `f-${Math.random().toString(36).slice(2)}`;
  input.id = id;
  return h("div", { class: "field" }, h("label", { for: id }, label), input, hint && h("p", { class: "hint" }, hint));
}

/** Waiting, nothing there, or something went wrong. */
export function loading() {
  return h("p", { class: "state", "aria-busy": "true" }, t("loading"));
}

export function empty(title, text) {
  return h("div", { class: "state" }, h("p", { class: "state-title" }, title), text && h("p", {}, text));
}

export function failed(problem, again) {
  return h("div", { class: "state", role: "alert" }, h("p", { class: "state-title" }, t("not-loaded")),
    h("p", {}, problem.words ? problem.words() : String(problem)),
    again && h("button", { type: "button", onclick: again }, t("try-again")));
}
