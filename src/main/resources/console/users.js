// What holds for a user: the effective policy, who says each value, and what becomes of a call that nobody picks up.
import { all, call, get, tenant } from "./api.js";
import { extensionName } from "./board.js";
import { empty, failed, field, h, loading, notice } from "./dom.js";
import { form } from "./forms.js";
import { names } from "./live.js";
import { session } from "./session.js";
import { duration, has, t } from "./words.js";

/** Words for the values that settings may have. */
const NAMED = { retrieval: "retrieval", modes: "park-mode", "recall.mode": "mode" };

function shown(value, name) {
  const prefix = NAMED[name];
  if (prefix) {
    return [value].flat().map((it) => (has(`${prefix}.${it}`) ? t(`${prefix}.${it}`) : it)).join(", ");
  }
  if (typeof value === "boolean") {
    return t(value ? "yes" : "no");
  }
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function step(it) {
  const values = { who: it.extensions.map(extensionName).join(", "), seconds: it.forSeconds || "", fallback: it.fallbackExtension ? extensionName(it.fallbackExtension) : "" };
  return h("li", {}, h("span", { class: "when" }, duration(it.atSeconds * 1000)), h("span", {}, t(`step.${it.action}`, values)),
    it.fallbackExtension && h("span", { class: "hint" }, t("step.fallback", values)));
}

/** What is set for this user and no other: the policy that was granted, and how its phones are told of calls. */
async function ownSettings(path, extension, effective, saved) {
  const grant = tenant(`/grants/${encodeURIComponent(extension)}`);
  const [policies, account] = await Promise.all([all(tenant("/park-policies")), get(path)]);
  const before = { parkPolicy: effective.granted ? effective.policy : undefined, notices: account.notices };
  const made = form([{ title: "users.own", fields: [
    { path: "parkPolicy", kind: "choice", choices: () => [["", t("users.default-policy")], ...policies.map((it) => [it.id, it.name])] },
    { path: "notices", kind: "choice", choices: () => ["auto", "message", "park-info", "none"].map((it) => [it, t(`notices.${it}`)]) },
  ] }], before);
  const failure = h("p", { class: "failure", role: "alert", hidden: true });
  const save = h("button", { type: "submit", class: "primary" }, t("save"));
  return h("form", {
    class: "editor",
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      save.disabled = true;
      failure.hidden = true;
      const { parkPolicy, notices } = made.read();
      try {
        if (notices !== before.notices) {
          await call("PATCH", path, { notices }, { "Content-Type": "application/merge-patch+json" });
        }
        if (parkPolicy !== before.parkPolicy) {
          await (parkPolicy ? call("PUT", grant, { parkPolicy }) : call("DELETE", grant));
        }
        notice(t("saved", { name: extensionName(extension) }));
        await saved();
      } catch (problem) {
        failure.textContent = problem.words ? problem.words() : String(problem);
        failure.hidden = false;
      } finally {
        save.disabled = false;
      }
    },
  }, made.element, failure, h("div", { class: "buttons" }, save));
}

export function users([wanted] = []) {
  const own = !session.reads;
  const content = h("div");
  const list = h("datalist", { id: "extensions" });
  const input = h("input", { value: wanted || session.extension, required: true, pattern: "[0-9]{2,8}", inputmode: "numeric", autocomplete: "off", list: "extensions", disabled: own });
  const element = h("section", { "aria-labelledby": "page-title" }, h("div", { class: "head" }, h("h1", { id: "page-title" }, t("page.users"))),
    h("form", { class: "filters", onsubmit: (event) => { event.preventDefault(); read(); } }, field(t("extension"), input), list,
      !own && h("button", { type: "submit", class: "primary" }, t("users.show"))), content);

  async function read() {
    const extension = input.value.trim();
    if (!extension) {
      content.replaceChildren(empty(t("users.empty"), t("users.empty.text")));
      return;
    }
    content.replaceChildren(loading());
    try {
      const path = tenant(`/extensions/${encodeURIComponent(extension)}`);
      const [policy, plan] = await Promise.all([get(`${path}/effective-policy`), get(`${path}/recall-plan`)]);
      const settings = session.administers && await ownSettings(path, extension, policy, read);
      const rows = Object.entries(policy.values).map(([name, it]) => h("tr", { role: "row" },
        h("th", { role: "rowheader", scope: "row" }, t(`field.${name}`)), h("td", { role: "cell" }, shown(it.value, name)), h("td", { role: "cell", class: "hint" }, it.from)));
      content.replaceChildren(...[
        h("p", {}, policy.policy ? t("users.policy", { policy: policy.policy, extension: extensionName(extension) }) : t("users.no-policy", { extension: extensionName(extension) })),
        settings, h("h2", {}, t("users.plan")), h("ol", { class: "plan" }, plan.steps.map(step)),
        h("h2", {}, t("users.values")),
        h("table", { role: "table", class: "values" }, h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
          ["users.setting", "users.value", "users.from"].map((key) => h("th", { role: "columnheader", scope: "col" }, t(key))))), h("tbody", { role: "rowgroup" }, rows)),
      ].filter(Boolean));
    } catch (problem) {
      content.replaceChildren(failed(problem, read));
    }
  }

  read();
  return {
    element,
    show: () => list.replaceChildren(...[...names.extensions].map(([extension, name]) => h("option", { value: extension }, name))),
    keys: { "/": () => input.focus() },
  };
}
