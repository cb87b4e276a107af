// Orbits at a glance: the ranges of the policies, and who is where.
import { all, get, tenant } from "./api.js";
import { extensionName, partyName, placeName } from "./board.js";
import { empty, failed, h, loading } from "./dom.js";
import { live } from "./live.js";
import { session } from "./session.js";
import { duration, number, t } from "./words.js";

/** A longer range shows only those that are taken. */
const MOST_SHOWN = 200;

async function ranges() {
  if (session.reads) {
    return (await all(tenant("/park-policies"))).map((it) => ({ start: it.orbits.start, end: it.orbits.end, names: [it.name] }));
  }
  const { values } = await get(tenant(`/extensions/${session.me.extension}/effective-policy`));
  return [{ start: values["orbits.start"].value, end: values["orbits.end"].value, names: [] }];
}

/** Policies with the same range are one. */
function merged(list) {
  const found = new Map();
  for (const range of list) {
    const key = `${range.start}-${range.end}`;
    found.has(key) ? found.get(key).names.push(...range.names) : found.set(key, range);
  }
  return [...found.values()].sort((one, other) => one.start - other.start || one.end - other.end);
}

function cell(place, label, calls) {
  const [call] = calls;
  if (!call) {
    return h("li", { class: "orbit" }, h("span", { class: "orbit-number" }, label), h("span", { class: "unseen" }, t("orbit.free")));
  }
  return h("li", { class: "orbit taken", "data-place": place, "data-state": call.state, title: t("orbit.title", { party: partyName(call), by: extensionName(call.parker) }) },
    h("span", { class: "orbit-number" }, label), h("span", { class: "orbit-who" }, partyName(call)),
    h("span", { class: "orbit-waits", "data-since": call.parkedAtMillis }, duration(live.now() - call.parkedAtMillis)),
    calls.length > 1 && h("span", { class: "orbit-more" }, `+${calls.length - 1}`));
}

export function orbits() {
  const content = h("div", {}, loading());
  const element = h("section", { "aria-labelledby": "page-title" }, h("div", { class: "head" }, h("h1", { id: "page-title" }, t("page.orbits"))), content);
  let known = null;
  let last = "";

  async function read() {
    try {
      known = merged(await ranges());
      draw(true);
    } catch (problem) {
      content.replaceChildren(failed(problem, read));
    }
  }

  function draw(anyway = false) {
    if (!known || !live.calls) {
      return;
    }
    const now = JSON.stringify(live.calls.map((it) => [it.id, it.place, it.state, it.name, it.parkedAtMillis]));
    if (!anyway && now === last) {
      return;
    }
    last = now;
    const at = new Map();
    live.calls.forEach((call) => at.set(call.place, [...(at.get(call.place) || []), call]));
    const shown = new Set();
    const grids = known.map((range) => {
      const places = [];
      let taken = 0;
      for (let orbit = range.start; orbit <= range.end; orbit++) {
        const calls = at.get(`orbit:${orbit}`) || [];
        taken += calls.length ? 1 : 0;
        if (calls.length || range.end - range.start < MOST_SHOWN) {
          places.push(cell(`orbit:${orbit}`, String(orbit), calls));
        }
        if (calls.length) {
          shown.add(`orbit:${orbit}`);
        }
      }
      const title = range.names.length ? range.names.join(", ") : t("orbits.mine");
      return h("div", { class: "range" }, h("h2", {}, title, h("span", { class: "hint" },
        t("orbits.range", { start: range.start, end: range.end, taken: number(taken), all: number(range.end - range.start + 1) }))),
        places.length ? h("ul", { class: "orbits" }, places) : h("p", { class: "hint" }, t("orbits.none-taken")));
    });
    const others = [...at].filter(([place]) => !shown.has(place));
    content.replaceChildren(...grids,
      others.length ? h("div", { class: "range" }, h("h2", {}, t("orbits.others")),
        h("ul", { class: "orbits wide" }, others.map(([place, calls]) => cell(place, placeName(place), calls)))) : "",
      known.length || others.length ? "" : empty(t("orbits.empty"), t("orbits.empty.text")));
  }

  function tick() {
    content.querySelectorAll("[data-since]").forEach((it) => { it.textContent = duration(live.now() - Number(it.dataset.since)); });
  }

  read();
  return { element, show: draw, tick };
}
