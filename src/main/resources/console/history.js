// What happened to calls, the latest first, and the time line of one call.
import { get, tenant } from "./api.js";
import { extensionName, partyName, placeName } from "./board.js";
import { empty, failed, field, h, loading, tell } from "./dom.js";
import { dateTime, duration, has, t } from "./words.js";

const TYPES = ["parked", "reminded", "park-failed", "recalling", "recall-missed", "offered", "offer-missed", "recalled", "retrieved",
  "returned", "abandoned", "expired", "ended", "refused"];
const PAGE = 50;
const SETTLE_MILLIS = 400;

function reasonText(reason) {
  return has(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
}

/** One event as a sentence. */
function sentence(event) {
  const values = {
    party: partyName(event), by: event.by ? extensionName(event.by) : t(event.byWithheld ? "withheld" : "somebody"),
    place: event.place ? placeName(event.place) : "", parker: event.parker ? extensionName(event.parker) : "",
    phones: (event.phones || []).map(extensionName).join(", "), dialled: event.dialled || "", reason: event.reason ? reasonText(event.reason) : "",
  };
  return t(`event.${event.type}.text`, values);
}

function more(event) {
  return [event.waitedMillis && t("waited", { time: duration(event.waitedMillis) }),
    event.reason && event.type !== "refused" && reasonText(event.reason)].filter(Boolean).join(" · ");
}

function kind(type) {
  return h("span", { class: `badge ${type}` }, t(`event.${type}`));
}

async function timeline(call) {
  const content = h("div", {}, loading());
  tell(t("timeline"), content);
  try {
    const { items } = await get(tenant(`/parked-calls/${call}/events`));
    content.replaceChildren(h("p", { class: "timeline-who" }, partyName(items.find((it) => it.name || it.number) || items[0])),
      h("ol", { class: "timeline" }, items.map((event) => h("li", { "data-type": event.type },
        h("time", { datetime: new Date(event.atMillis).toISOString() }, dateTime(event.atMillis)), kind(event.type),
        h("p", {}, sentence(event)), more(event) && h("p", { class: "hint" }, more(event))))));
  } catch (problem) {
    content.replaceChildren(failed(problem));
  }
}

export function history() {
  const type = h("select", { onchange: () => read() }, h("option", { value: "" }, t("history.all")), TYPES.map((it) => h("option", { value: it }, t(`event.${it}`))));
  const place = h("select", { onchange: () => read() }, h("option", { value: "" }, t("history.any-place")),
    ["orbit", "ext", "grp"].map((it) => h("option", { value: it }, t(`history.${it}`))));
  const placeNumber = h("input", { autocomplete: "off", size: "8", onchange: () => read() });
  const parker = h("input", { inputmode: "numeric", pattern: "[0-9]{2,8}", autocomplete: "off", size: "8", onchange: () => read() });
  const by = h("input", { inputmode: "numeric", pattern: "[0-9]{2,8}", autocomplete: "off", size: "8", onchange: () => read() });
  const body = h("tbody", { role: "rowgroup" });
  const column = (key) => h("th", { role: "columnheader", scope: "col" }, t(key));
  const table = h("table", { role: "table", class: "events", "aria-label": t("page.history") }, h("thead", { role: "rowgroup" },
    h("tr", { role: "row" }, column("column.when"), column("column.what"), column("column.text"), column("column.more"))), body);
  const state = h("div", {}, loading());
  const older = h("button", { type: "button", onclick: () => read(next) }, t("history.older"));
  const filters = h("form", { class: "filters", "aria-label": t("history.filter"), onsubmit: (event) => { event.preventDefault(); read(); } },
    field(t("column.what"), type), field(t("column.place"), place), field(t("history.place-number"), placeNumber),
    field(t("column.parker"), parker), field(t("history.by"), by), h("button", { type: "submit" }, t("history.show")));
  const element = h("section", { "aria-labelledby": "page-title" }, h("div", { class: "head" }, h("h1", { id: "page-title" }, t("page.history"))),
    filters, table, state, h("p", { class: "older" }, older));
  let next = "";
  let loadedMore = false;
  let reading = 0;
  let settle = 0;

  function query() {
    const wanted = { type: type.value, parker: parker.value.trim(), by: by.value.trim(),
      place: place.value && placeNumber.value.trim() ? `${place.value}:${placeNumber.value.trim()}` : "" };
    return Object.entries(wanted).filter(([, value]) => value).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join("");
  }

  function row(event) {
    const what = event.call
      ? h("button", { type: "button", class: "link", onclick: () => timeline(event.call), title: t("timeline") }, sentence(event))
      : sentence(event);
    return h("tr", { role: "row", "data-event": event.id }, h("td", { role: "cell", class: "when" }, h("time", { datetime: new Date(event.atMillis).toISOString() }, dateTime(event.atMillis))),
      h("td", { role: "cell" }, kind(event.type)), h("td", { role: "cell", class: "sentence" }, what), h("td", { role: "cell", class: "hint" }, more(event)));
  }

  async function read(cursor = "") {
    const mine = ++reading;
    loadedMore = Boolean(cursor);
    try {
      const page = await get(tenant(`/events?limit=${PAGE}${query()}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
      if (mine !== reading) {
        return;
      }
      const rows = page.items.map(row);
      cursor ? body.append(...rows) : body.replaceChildren(...rows);
      next = page.next || "";
      state.replaceChildren(...(body.childElementCount ? [] : [empty(t("history.empty"), t("history.empty.text"))]));
    } catch (problem) {
      state.replaceChildren(failed(problem, () => read(cursor)));
    }
    table.hidden = !body.childElementCount;
    older.hidden = !next;
  }

  function happened() {
    if (!loadedMore && !body.contains(document.activeElement)) {
      clearTimeout(settle);
      settle = setTimeout(() => read(), SETTLE_MILLIS);
    }
  }

  table.hidden = true;
  older.hidden = true;
  read();
  return { element, show() {}, happened, left: () => clearTimeout(settle), keys: { "/": () => type.focus() } };
}
