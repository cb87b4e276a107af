// Forms for things of the API: made of a list of fields, filled from a document and read back into one.
import { h } from "./dom.js";
import { names } from "./live.js";
import { t } from "./words.js";

/** The value at a path such as recall.maxAttempts. */
function at(document, path) {
  return path.split(".").reduce((value, step) => value?.[step], document);
}

/** Sets it; undefined takes it away, and what is empty then. */
function put(document, path, value) {
  const [step, ...rest] = path.split(".");
  if (!rest.length) {
    if (value === undefined) {
      delete document[step];
    } else {
      document[step] = value;
    }
    return;
  }
  document[step] ??= {};
  put(document[step], rest.join("."), value);
  if (!Object.keys(document[step]).length) {
    delete document[step];
  }
}

/** How each kind of field is shown, filled and read; read gives undefined for what is not said. */
const KINDS = {
  text: (it) => {
    const input = h("input", { autocomplete: "off", maxlength: it.max, pattern: it.pattern });
    return { input, fill: (value) => { input.value = value ?? ""; }, read: () => input.value.trim() || undefined };
  },
  extension: () => {
    const input = h("input", { autocomplete: "off", inputmode: "numeric", list: "extensions" });
    return { input, fill: (value) => { input.value = value ?? ""; }, read: () => input.value.trim() || undefined };
  },
  number: (it) => {
    const input = h("input", { type: "number", step: "1", placeholder: it.builtIn ?? "" });
    return { input, fill: (value) => { input.value = value ?? ""; }, read: () => (input.value === "" ? undefined : Number(input.value)) };
  },
  check: (it) => {
    const input = h("input", { type: "checkbox" });
    return { input, fill: (value) => { input.checked = value ?? it.builtIn; }, read: () => input.checked };
  },
  /** Yes, no, or not said. */
  maybe: () => {
    const input = h("select", {}, [["", "not-said"], ["true", "yes"], ["false", "no"]].map(([value, key]) => h("option", { value }, t(key))));
    return { input, fill: (value) => { input.value = String(value ?? ""); }, read: () => (input.value ? input.value === "true" : undefined) };
  },
  choice: (it) => {
    const input = h("select", {}, it.choices().map(([value, label]) => h("option", { value }, label)));
    return {
      input,
      fill: (value) => {
        input.value = value ?? it.builtIn ?? "";
        if (value && input.value !== value) {
          input.append(h("option", { value }, value));
          input.value = value;
        }
      },
      read: () => input.value || undefined,
    };
  },
  /** Several of a few; all of them is the same as not said. */
  some: (it) => {
    const boxes = it.choices().map(([value, label]) => [value, h("input", { type: "checkbox", value }), label]);
    const input = h("div", { class: "boxes" }, boxes.map(([, box, label]) => h("label", {}, box, label)));
    return {
      input,
      group: true,
      fill: (value) => boxes.forEach(([name, box]) => { box.checked = !value || value.includes(name); }),
      read: () => (boxes.every(([, box]) => box.checked) ? undefined : boxes.filter(([, box]) => box.checked).map(([name]) => name)),
    };
  },
  /** Extensions, in their order, with their names below. */
  members: () => {
    const input = h("textarea", { rows: "3", inputmode: "numeric", spellcheck: "false", oninput: () => tell() });
    const told = h("p", { class: "hint members" });
    const list = () => input.value.split(/[\s,;]+/).filter(Boolean);
    function tell() {
      told.textContent = list().map((it) => (names.extensions.get(it) ? `${it} ${names.extensions.get(it)}` : it)).join(" · ");
    }
    return { input, after: told, fill: (value) => { input.value = (value || []).join(", "); tell(); }, read: list };
  },
};

/**
 * A form.
 *
 * @param sections of {title, fields}; a field is {path, kind} and what its kind takes, and words when it is called otherwise than its path
 * @param document what it is filled with; fields that the form does not know stay as they are
 */
export function form(sections, document) {
  const fields = [];
  const element = h("div", { class: "form-sections" }, sections.map((section) => h("fieldset", {}, h("legend", {}, t(section.title)), section.fields.map((it) => {
    const control = KINDS[it.kind](it);
    const id = `field-${it.path.replaceAll(".", "-")}`;
    const error = h("p", { class: "failure", id: `${id}-error`, hidden: true });
    const words = `field.${it.words || it.path}`;
    const hintKey = `${words}.hint`;
    const hint = t(hintKey) !== hintKey && h("p", { class: "hint", id: `${id}-hint` }, t(hintKey));
    control.input.id = id;
    control.input.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-error`);
    control.fill(at(document, it.path));
    const label = t(words);
    if (control.group) {
      control.input.setAttribute("role", "group");
      control.input.setAttribute("aria-label", label);
    }
    fields.push({ ...it, control, error });
    return h("div", { class: `field of-${it.kind}` }, control.group ? h("span", { class: "label" }, label) : h("label", { for: id }, label),
      control.input, control.after, hint, error);
  }))));

  /** The document as the form has it now. */
  function read() {
    const written = structuredClone(document);
    fields.forEach((it) => put(written, it.path, it.control.read()));
    return written;
  }

  /** Shows each error at its field. @returns those that concern none of them */
  function refuse(errors) {
    fields.forEach((it) => {
      it.error.hidden = true;
      it.control.input.removeAttribute("aria-invalid");
    });
    const homeless = errors.filter((error) => {
      const path = (error.pointer || "").slice(1).replaceAll("/", ".");
      const it = fields.find((one) => path === one.path || path.startsWith(`${one.path}.`));
      if (!it) {
        return true;
      }
      it.error.textContent = [it.error.hidden ? "" : it.error.textContent, error.detail].filter(Boolean).join("; ");
      it.error.hidden = false;
      it.control.input.setAttribute("aria-invalid", "true");
      return false;
    });
    fields.find((it) => !it.error.hidden)?.control.input.focus();
    return homeless;
  }

  return { element, read, refuse };
}
