// Park groups, ring groups and park policies: list, make, change, delete. A change never overwrites that of somebody else.
import { all, call, tenant } from "./api.js";
import { dialog, empty, failed, h, loading, notice } from "./dom.js";
import { form } from "./forms.js";
import { names } from "./live.js";
import { session } from "./session.js";
import { number, t } from "./words.js";

const choices = (prefix, values) => () => values.map((it) => [it, t(`${prefix}.${it}`)]);
const lists = { ringGroups: [], sounds: [] };
const named = (list, none) => () => [["", t(none)], ...lists[list].map((it) => [it.id, it.name || it.id])];

const RECALL = {
  title: "form.recall",
  fields: [
    { path: "recall.recallTimeoutSeconds", kind: "number", builtIn: 300 },
    { path: "recall.mode", kind: "choice", choices: () => [["", t("not-said")], ...choices("mode", ["parker", "parker-then-ring-group", "ring-group"])()] },
    { path: "recall.ringGroup", kind: "choice", choices: named("ringGroups", "none") },
    { path: "recall.ringSeconds", kind: "number", builtIn: 30 },
    { path: "recall.alternateWaitSeconds", kind: "number", builtIn: 30 },
    { path: "recall.maxAttempts", kind: "number", builtIn: 3 },
    { path: "recall.maxParkSeconds", kind: "number", builtIn: 7200 },
    { path: "recall.reminderSeconds", kind: "number", builtIn: 0 },
    { path: "recall.fallbackExtension", kind: "extension" },
    { path: "recall.ringBusyParker", kind: "maybe" },
    { path: "recall.alertInfo", kind: "text", max: 100 },
  ],
};

const GROUPS = {
  page: "groups",
  path: "/park-groups",
  facts: (it) => [t("groups.members", { count: number(it.members.length) }), t(`strategy.${it.strategy || "all"}`)],
  fresh: { name: "", members: [] },
  sections: [{ title: "form.group", fields: [
    { path: "name", kind: "text", max: 100 },
    { path: "members", kind: "members" },
    { path: "strategy", kind: "choice", builtIn: "all", choices: choices("strategy", ["all", "first-available"]) },
  ] }, RECALL],
};

const RINGS = {
  page: "rings",
  path: "/ring-groups",
  facts: (it) => [t("groups.members", { count: number(it.members.length) }), t(`ring-strategy.${it.strategy || "all"}`)],
  fresh: { name: "", members: [] },
  sections: [{ title: "form.ring", fields: [
    { path: "name", kind: "text", max: 100 },
    { path: "members", words: "ring.members", kind: "members" },
    { path: "strategy", words: "ring.strategy", kind: "choice", builtIn: "all", choices: choices("ring-strategy", ["all", "in-order", "round-robin"]) },
    { path: "ringSeconds", words: "recall.ringSeconds", kind: "number" },
  ] }],
};

const POLICIES = {
  page: "policies",
  path: "/park-policies",
  facts: (it) => [t(it.parkingAllowed ? "policies.allowed" : "policies.off"), t("policies.orbits", it.orbits), t(`retrieval.${it.retrieval}`)],
  fresh: { name: "" },
  sections: [{ title: "form.policy", fields: [
    { path: "name", kind: "text", max: 100 },
    { path: "parkingAllowed", kind: "check", builtIn: true },
    { path: "modes", kind: "some", choices: choices("park-mode", ["own-extension", "extension", "park-group", "next-orbit", "chosen-orbit"]) },
    { path: "orbits.start", kind: "number", builtIn: 10 },
    { path: "orbits.end", kind: "number", builtIn: 99 },
  ] }, { title: "form.retrieval", fields: [
    { path: "retrieval", kind: "choice", builtIn: "tenant", choices: choices("retrieval", ["tenant", "same-policy", "same-park-group", "parker"]) },
    { path: "pin", kind: "text", max: 10 },
    { path: "callerShown", kind: "check", builtIn: true },
    { path: "orbitDialled", kind: "check", builtIn: false },
    { path: "messages", kind: "check", builtIn: true },
    { path: "announcements", kind: "check", builtIn: false },
    { path: "music", kind: "choice", choices: named("sounds", "music.default") },
  ] }, RECALL],
};

function withoutId({ id, ...rest }) {
  return rest;
}

function list(kind) {
  const content = h("div", {}, loading());
  const element = h("section", { "aria-labelledby": "page-title" }, h("div", { class: "head" }, h("h1", { id: "page-title" }, t(`page.${kind.page}`)),
    h("div", { class: "tools" }, session.administers && h("a", { class: "button primary", href: `#${kind.page}/new` }, t(`${kind.page}.new`)))), content);
  async function read() {
    try {
      const items = await all(tenant(kind.path));
      content.replaceChildren(items.length
        ? h("ul", { class: "things" }, items.map((it) => h("li", {}, h("a", { href: `#${kind.page}/edit/${encodeURIComponent(it.id)}` },
          h("strong", {}, it.name), h("span", { class: "hint" }, it.id), h("span", { class: "facts" }, kind.facts(it).join(" · "))))))
        : empty(t(`${kind.page}.empty`), t(`${kind.page}.empty.text`)));
    } catch (problem) {
      content.replaceChildren(failed(problem, read));
    }
  }
  read();
  return { element, show() {} };
}

function editor(kind, id) {
  const back = `#${kind.page}`;
  const title = h("h1", { id: "page-title" }, t(id ? "loading" : `${kind.page}.new`));
  const content = h("div", {}, loading());
  const element = h("section", { "aria-labelledby": "page-title" }, h("div", { class: "head" }, h("div", {}, h("a", { href: back, class: "back" }, `← ${t(`page.${kind.page}`)}`), title)), content);
  const path = tenant(`${kind.path}/${encodeURIComponent(id)}`);
  let key = crypto.randomUUID();
  let etag = "";

  async function read() {
    try {
      if (session.reads) {
        [lists.ringGroups, lists.sounds] = await Promise.all([all(tenant("/ring-groups")), all(tenant("/sounds"))]);
      }
      const answer = id ? await call("GET", path) : { json: kind.fresh, etag: "" };
      etag = answer.etag;
      title.textContent = id ? answer.json.name : t(`${kind.page}.new`);
      draw(id ? withoutId(answer.json) : answer.json);
    } catch (problem) {
      content.replaceChildren(failed(problem, read));
    }
  }

  function draw(document) {
    const made = form(kind.sections, document);
    const failure = h("div", { class: "failure", role: "alert", hidden: true });
    const save = h("button", { type: "submit", class: "primary" }, t("save"));
    content.replaceChildren(h("form", {
      class: "editor",
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        save.disabled = true;
        failure.hidden = true;
        made.refuse([]);
        try {
          const written = made.read();
          await (id ? call("PUT", path, written, { "If-Match": etag }) : call("POST", tenant(kind.path), written, { "Idempotency-Key": key }));
          if (kind === GROUPS && id) {
            names.groups.set(id, written.name);
          }
          notice(t("saved", { name: written.name }));
          location.hash = back;
        } catch (problem) {
          key = crypto.randomUUID();
          refuse(problem, made, failure);
        } finally {
          save.disabled = false;
        }
      },
    }, h("datalist", { id: "extensions" }, [...names.extensions].map(([extension, name]) => h("option", { value: extension }, name))),
    h("fieldset", { class: "whole", disabled: !session.administers }, made.element), failure,
    session.administers ? h("div", { class: "buttons" }, id && h("button", { type: "button", class: "quiet-danger", onclick: () => remove(document.name) }, t("delete")),
      h("span", { class: "spread" }), h("a", { class: "button", href: back }, t("cancel")), save) : h("p", { class: "note" }, t("read-only"))));
  }

  function refuse(problem, made, failure) {
    const homeless = made.refuse(problem.errors);
    failure.replaceChildren();
    if (problem.status === 412) {
      failure.append(h("p", {}, t("changed-meanwhile")), h("button", { type: "button", onclick: read }, t("load-theirs")));
    } else if (!problem.errors.length || homeless.length) {
      failure.append(h("p", {}, problem.words()), ...homeless.map((it) => h("p", {}, `${it.pointer || ""} ${it.detail}`)));
    } else {
      failure.append(h("p", {}, t("see-fields")));
    }
    failure.hidden = false;
  }

  function remove(name) {
    dialog({
      title: t("delete.title", { name }),
      body: h("p", {}, t("delete.text")),
      action: t("delete"),
      danger: true,
      send: async () => {
        try {
          await call("DELETE", path, undefined, { "If-Match": etag });
        } catch (problem) {
          if (problem.usedBy.length) {
            problem.detail = problem.usedBy.join(", ");
          }
          throw problem;
        }
        notice(t("deleted", { name }));
        location.hash = back;
      },
    });
  }

  read();
  return { element, show() {} };
}

function pages(kind, [action, id] = []) {
  if (action === "edit" && id) {
    return editor(kind, id);
  }
  return action === "new" && session.administers ? editor(kind, "") : list(kind);
}

export const groups = (rest) => pages(GROUPS, rest);
export const rings = (rest) => pages(RINGS, rest);
export const policies = (rest) => pages(POLICIES, rest);
