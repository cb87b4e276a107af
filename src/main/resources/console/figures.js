// Figures of a span of time, made of the events that are kept.
import { get, tenant } from "./api.js";
import { failed, h, loading, setText } from "./dom.js";
import { live } from "./live.js";
import { dateTime, duration, number, t } from "./words.js";

const HOUR = 3600000;
const SPANS = { hour: HOUR, "8-hours": 8 * HOUR, day: 24 * HOUR, week: 168 * HOUR };
/** The node keeps about 10,000 events of a tenant. */
const MOST_EVENTS = 12000;

/** The value that a share of the sorted values does not exceed; the nearest rank. */
export function percentile(sorted, share) {
  return sorted.length ? sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] : null;
}

/**
 * Figures of events.
 *
 * @returns counts; medianMillis and p95Millis of how long those waited who were picked up, null when nobody was
 */
export function figuresOf(events) {
  const count = (...types) => events.filter((event) => types.includes(event.type)).length;
  const waits = events.filter((event) => event.type === "retrieved" || event.type === "recalled")
    .map((event) => event.waitedMillis || 0).sort((one, other) => one - other);
  return {
    parked: count("parked"), pickedUp: waits.length, recalled: count("recalled"), abandoned: count("abandoned"), expired: count("expired"),
    recallMisses: count("recall-missed"), parkFailed: count("park-failed"), refused: count("refused"),
    medianMillis: percentile(waits, 0.5), p95Millis: percentile(waits, 0.95),
  };
}

/** Calls parked in each of so many equal parts of a span. */
export function parts(events, from, until, wanted) {
  const found = new Array(wanted).fill(0);
  for (const event of events.filter((it) => it.type === "parked" && it.atMillis >= from && it.atMillis <= until)) {
    found[Math.min(wanted - 1, Math.floor((event.atMillis - from) * wanted / (until - from)))]++;
  }
  return found;
}

/** Whether the node has forgotten earlier events of the tenant. */
async function areLost() {
  return Boolean((await get(tenant("/events?after=1-0&limit=1"))).missed);
}

/** The latest first, until one is older. */
async function eventsSince(from) {
  const events = [];
  for (let cursor = ""; ;) {
    const page = await get(tenant(`/events?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
    events.push(...page.items.filter((event) => event.atMillis >= from));
    const passed = page.items.some((event) => event.atMillis < from);
    if (passed || events.length >= MOST_EVENTS) {
      return { events, whole: passed };
    }
    if (!page.next) {
      return { events, whole: !await areLost() };
    }
    cursor = page.next;
  }
}

export function figures() {
  const span = h("select", { "aria-label": t("figures.span"), onchange: () => read() },
    Object.keys(SPANS).map((it) => h("option", { value: it }, t(`figures.${it}`))));
  const values = {};
  const tile = (name) => {
    values[name] = [h("dd", {}, "–"), h("dd", { class: "hint" })];
    return h("div", { class: "tile", "data-figure": name }, h("dt", {}, t(`figure.${name}`)), values[name]);
  };
  const tiles = h("dl", { class: "tiles many" }, ["now", "parked", "median", "p95", "abandoned", "recallMisses", "expired", "refused"].map(tile));
  const bars = h("div", { class: "bars", role: "img" });
  const about = h("p", { class: "hint", "data-about": "" });
  const state = h("div", {}, loading());
  const scale = [h("time"), h("time")];
  const shown = h("div", { hidden: true }, tiles, h("h2", {}, t("figures.over-time")), bars, h("p", { class: "hint scale" }, scale), about);
  const element = h("section", { "aria-labelledby": "page-title" },
    h("div", { class: "head" }, h("h1", { id: "page-title" }, t("page.figures")), h("div", { class: "tools" }, span)), state, shown);
  let events = [];
  let whole = true;
  let from = 0;
  let reading = 0;

  async function read() {
    const mine = ++reading;
    try {
      from = live.now() - SPANS[span.value];
      const found = await eventsSince(from);
      if (mine !== reading) {
        return;
      }
      events = found.events;
      whole = found.whole;
      state.replaceChildren();
      shown.hidden = false;
      draw();
    } catch (problem) {
      shown.hidden = true;
      state.replaceChildren(failed(problem, read));
    }
  }

  function put(name, value, hint = "") {
    setText(values[name][0], value);
    setText(values[name][1], hint);
  }

  function draw() {
    const until = live.now();
    from = until - SPANS[span.value];
    events = events.filter((event) => event.atMillis >= from);
    const found = figuresOf(events);
    const share = (count) => (found.parked ? t("figures.share", { percent: Math.round(100 * count / found.parked) }) : "");
    const wait = (millis) => (millis === null ? "–" : duration(millis));
    put("now", live.calls ? number(live.calls.length) : "–");
    put("parked", number(found.parked), t("figures.picked-up", { count: number(found.pickedUp) }));
    put("median", wait(found.medianMillis), t("figures.of", { count: number(found.pickedUp) }));
    put("p95", wait(found.p95Millis));
    put("abandoned", number(found.abandoned), share(found.abandoned));
    put("recallMisses", number(found.recallMisses), t("figures.came-back", { count: number(found.recalled) }));
    put("expired", number(found.expired), share(found.expired));
    put("refused", number(found.refused));
    const counts = parts(events, from, until, 24);
    const most = Math.max(1, ...counts);
    bars.replaceChildren(...counts.map((count) => {
      const bar = h("span", { class: "bar", title: String(count) }, h("span", {}));
      bar.firstChild.style.height = `${100 * count / most}%`;
      return bar;
    }));
    bars.setAttribute("aria-label", t("figures.bars", { most: Math.max(...counts) }));
    setText(scale[0], dateTime(from));
    setText(scale[1], dateTime(until));
    const first = events.length ? Math.min(...events.map((event) => event.atMillis)) : from;
    setText(about, t(whole ? "figures.about" : "figures.about-short",
      { count: number(events.length), from: dateTime(whole ? from : first), until: dateTime(until) }));
  }

  function happened(event) {
    if (!shown.hidden && !events.some((it) => it.id === event.id)) {
      events.unshift(event);
      draw();
    }
  }

  read();
  return { element, show: () => shown.hidden || draw(), happened };
}
