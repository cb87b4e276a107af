// The board: who waits, since when, what happens next, and one click to have the call.
import { call as send, tenant } from "./api.js";
import { dialog, empty, failed, field, h, icon, loading, notice, say, setText } from "./dom.js";
import { live, names } from "./live.js";
import { session } from "./session.js";
import { duration, t } from "./words.js";

const NUMBER = "[0-9]{2,8}";
const SOON_MILLIS = 15000;
/** A second click so soon was not meant. */
const TWICE_MILLIS = 1000;

export function extensionName(extension) {
  const name = names.extensions.get(extension);
  return name ? `${name} (${extension})` : extension;
}

export function placeName(place) {
  const [kind, id] = [place.slice(0, place.indexOf(":")), place.slice(place.indexOf(":") + 1)];
  switch (kind) {
    case "orbit": return t("place.orbit", { id });
    case "ext": return t("place.extension", { id: extensionName(id) });
    case "grp": return t("place.group", { id: names.groups.get(id) || id });
    default: return place;
  }
}

export function partyName(call) {
  return call.name || call.number || t(call.withheld ? "withheld" : "unknown-caller");
}

/** Where there is little room. */
function shortName(extension) {
  return names.extensions.get(extension) || extension;
}

/** What happens next, and when. */
function nextText(call, now) {
  if (call.state === "connecting") {
    return t("next.connecting");
  }
  const next = call.next;
  if (!next) {
    return t("next.none");
  }
  const values = { who: next.extensions.map(shortName).join(", "), time: duration(next.atMillis - now + 999) };
  const whose = next.extensions.length ? "" : ".undecided";
  const due = next.atMillis <= now ? ".now" : "";
  switch (next.action) {
    case "ring": return t(`next.ring${whose}${due}`, values);
    case "remind": return t(`next.remind${due}`, values);
    case "stop-ringing": return t("next.ringing", { who: call.ringing.map(shortName).join(", "), time: values.time });
    default: return t(`next.hang-up${due}`, values);
  }
}

function extensionInput(value = "") {
  const list = h("datalist", { id: "extensions" },
    [...names.extensions].map(([extension, name]) => h("option", { value: extension }, name)));
  return [h("input", {
    value, required: true, pattern: NUMBER, inputmode: "numeric", autocomplete: "off", list: "extensions", title: t("extension-form"),
  }), list];
}

/** Asks which phone is mine, and remembers it. */
export function choosePhone(then = () => {}) {
  const [input, list] = extensionInput(session.extension);
  dialog({
    title: t("my-phone.title"),
    body: [field(t("extension"), input, t("my-phone.hint")), list],
    action: t("save"),
    send: async () => {
      session.extension = input.value;
      window.dispatchEvent(new Event("phone"));
      setTimeout(then);
    },
  });
  input.select();
}

async function order(call, extension, pin) {
  await send("POST", tenant(`/parked-calls/${call.id}/retrieve`), { extension, ticket: call.ticket, ...(pin && { pin }) });
  notice(t("ringing-for", { extension: extensionName(extension), party: partyName(call) }));
}

function askPin(call, extension) {
  const input = h("input", { type: "password", required: true, pattern: "[0-9]{4,10}", inputmode: "numeric", autocomplete: "off", title: t("pin.form") });
  dialog({
    title: t("pin.title"),
    body: [h("p", {}, t("pin.text", { party: partyName(call) })), field(t("pin"), input)],
    action: t("retrieve"),
    send: () => order(call, extension, input.value),
  });
  input.focus();
}

/** Rings my phone with the call that is shown, and no other. */
async function retrieve(call) {
  if (!session.extension) {
    choosePhone(() => retrieve(call));
    return;
  }
  const extension = session.extension;
  try {
    await order(call, extension);
  } catch (problem) {
    if (problem.field === "pin") {
      askPin(call, extension);
    } else {
      notice(problem.words(), "failed");
      live.refresh();
    }
  }
}

function sendTo(call) {
  const [input, list] = extensionInput();
  dialog({
    title: t("send-to.title", { party: partyName(call) }),
    body: [field(t("extension"), input, t("send-to.hint")), list],
    action: t("send"),
    send: () => order(call, input.value),
  });
  input.focus();
}

function hangUp(call) {
  const box = dialog({
    title: t("hang-up.title", { party: partyName(call) }),
    body: h("p", {}, t("hang-up.text")),
    action: t("hang-up"),
    danger: true,
    send: async () => {
      await send("DELETE", tenant(`/parked-calls/${call.id}`));
      notice(t("hung-up", { party: partyName(call) }));
    },
  });
  box.querySelector(".buttons button").focus();
}

/** One parked call. The same elements are kept while it waits, so that nothing jumps and the focus stays. */
class Row {
  constructor(call) {
    this.call = call;
    this.name = h("span", { class: "name" });
    this.number = h("span", { class: "number" });
    this.place = h("span", { class: "place" });
    this.parker = h("span");
    this.waits = h("span", { class: "waits" });
    this.next = h("span", { class: "next" });
    this.buttons = [];
    if (session.retrieves) {
      this.button("phone", "retrieve", () => retrieve(this.call), "primary");
    }
    if (session.administers) {
      this.button("forward", "send-to", () => sendTo(this.call));
      this.button("end", "hang-up", () => hangUp(this.call), "quiet-danger");
    }
    const cell = (key, kind, ...content) => h("td", { role: "cell", class: `c-${kind}`, "data-label": t(key) }, content);
    this.element = h("tr", { role: "row", tabindex: this.buttons.length ? false : "0", "data-call": call.id },
      h("th", { role: "rowheader", scope: "row", class: "c-who" }, this.name, this.number),
      cell("column.place", "place", this.place), cell("column.parker", "parker", this.parker),
      cell("column.waits", "waits", this.waits), cell("column.next", "next", this.next),
      h("td", { role: "cell", class: "c-actions" }, this.buttons));
  }

  button(picture, key, action, kind = "") {
    let busy = false;
    const once = async () => {
      if (busy) {
        return;
      }
      busy = true;
      try {
        await action();
      } finally {
        setTimeout(() => { busy = false; }, TWICE_MILLIS);
      }
    };
    this.buttons.push(h("button", { type: "button", class: kind, "data-action": key, onclick: once }, icon(picture), h("span", {}, t(key))));
  }

  show(call) {
    this.call = call;
    setText(this.name, partyName(call));
    setText(this.number, call.name ? call.number || "" : "");
    setText(this.place, placeName(call.place));
    setText(this.parker, extensionName(call.parker));
    this.buttons.forEach((button) => {
      button.setAttribute("aria-label", t(`${button.dataset.action}.label`, { party: partyName(call), extension: session.extension }));
      button.title = t(`${button.dataset.action}.label`, { party: partyName(call), extension: session.extension });
    });
    this.element.dataset.state = call.state;
    this.tick();
  }

  tick() {
    const now = live.now();
    setText(this.waits, duration(now - this.call.parkedAtMillis));
    setText(this.next, nextText(this.call, now));
    this.element.classList.toggle("soon", this.call.next?.action !== "stop-ringing" && this.call.next?.atMillis - now < SOON_MILLIS);
  }

  focus() {
    (this.buttons[0] || this.element).focus();
  }
}

function tile(label) {
  const value = h("dd");
  return { element: h("div", { class: "tile" }, h("dt", {}, label), value), value };
}

export function board() {
  const rows = new Map();
  const filter = h("input", { type: "search", placeholder: t("board.filter"), "aria-label": t("board.filter"), oninput: () => show() });
  const phone = h("button", { type: "button", class: "chip", onclick: () => choosePhone(), hidden: !session.retrieves || Boolean(session.me.extension) });
  const parked = tile(t("tile.parked"));
  const longest = tile(t("tile.longest"));
  const ringing = tile(t("tile.ringing"));
  const body = h("tbody", { role: "rowgroup" });
  const column = (key) => h("th", { role: "columnheader", scope: "col" }, t(key));
  const table = h("table", { role: "table", class: "board", "aria-label": t("page.board") },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, column("column.who"), column("column.place"), column("column.parker"),
      column("column.waits"), column("column.next"), h("th", { role: "columnheader", scope: "col" }, h("span", { class: "unseen" }, t("column.actions"))))), body);
  const state = h("div");
  const note = h("p", { class: "note", hidden: session.retrieves }, t("read-only"));
  const element = h("section", { "aria-labelledby": "page-title" },
    h("div", { class: "head" }, h("h1", { id: "page-title" }, t("page.board")), h("div", { class: "tools" }, phone, filter)),
    h("dl", { class: "tiles" }, parked.element, longest.element, ringing.element), note, table, state);

  function matches(call) {
    const wanted = filter.value.trim().toLowerCase();
    return !wanted || [partyName(call), call.number || "", placeName(call.place), extensionName(call.parker)]
      .some((text) => text.toLowerCase().includes(wanted));
  }

  /** Where the keyboard was goes on with the row that follows. */
  function drop(id) {
    const row = rows.get(id);
    const focused = row.element.contains(document.activeElement);
    const following = row.element.nextElementSibling || row.element.previousElementSibling;
    row.element.remove();
    rows.delete(id);
    if (focused) {
      (rows.get(following?.dataset.call) || element.parentElement).focus();
    }
  }

  function show() {
    const calls = (live.calls || []).filter(matches);
    const ids = new Set(calls.map((call) => call.id));
    [...rows.keys()].filter((id) => !ids.has(id)).forEach(drop);
    calls.forEach((call, index) => {
      const row = rows.get(call.id) || new Row(call);
      rows.set(call.id, row);
      row.show(call);
      if (body.children[index] !== row.element) {
        body.insertBefore(row.element, body.children[index] || null);
      }
    });
    table.hidden = !calls.length;
    state.replaceChildren();
    if (live.calls === null) {
      state.append(live.problem ? failed(live.problem, () => live.refresh()) : loading());
    } else if (!calls.length) {
      state.append(live.calls.length ? empty(t("board.no-match"), t("board.no-match.text")) : empty(t("board.empty"), t("board.empty.text")));
    }
    setText(phone, session.extension ? t("my-phone", { extension: extensionName(session.extension) }) : t("my-phone.none"));
    tick();
  }

  function tick() {
    const calls = live.calls || [];
    const oldest = Math.min(...calls.map((call) => call.parkedAtMillis));
    setText(parked.value, String(calls.length));
    setText(longest.value, calls.length ? duration(live.now() - oldest) : "–");
    setText(ringing.value, String(calls.filter((call) => call.state === "recalling").length));
    rows.forEach((row) => row.tick());
  }

  function move(step) {
    const shown = [...body.children];
    const at = shown.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + step));
    rows.get(shown[next]?.dataset.call)?.focus();
  }

  function act(action) {
    const row = body.querySelector("tr:focus-within") || (body.childElementCount === 1 ? body.firstElementChild : null);
    row?.querySelector(`[data-action="${action}"]`)?.click();
  }

  const keys = {
    "/": () => filter.focus(),
    ArrowDown: () => move(1),
    j: () => move(1),
    ArrowUp: () => move(-1),
    k: () => move(-1),
    r: () => act("retrieve"),
    s: () => act("send-to"),
    x: () => act("hang-up"),
  };
  return { element, show, tick, keys };
}

/** Tells people who cannot see the board what happens on it. */
export function announce(event) {
  const values = { party: partyName(event), place: event.place ? placeName(event.place) : "", by: event.by ? extensionName(event.by) : "" };
  if (["parked", "retrieved", "recalled", "abandoned", "expired", "recalling"].includes(event.type)) {
    say(t(`say.${event.type}`, values));
  }
}
