// The frame of the console: signing in, the pages, the state of the connection, the keyboard.
import { all, get, tenant } from "./api.js";
import { announce, board } from "./board.js";
import { h, icon, notice, setText, tell } from "./dom.js";
import { figures } from "./figures.js";
import { history } from "./history.js";
import { live, names } from "./live.js";
import { orbits } from "./orbits.js";
import { groups, policies, rings } from "./provisioning.js";
import { session } from "./session.js";
import { users } from "./users.js";
import { speak, spoken, t, time } from "./words.js";

const THEME = "mooring.theme";
const TICK_MILLIS = 500;
const app = document.getElementById("app");

const PAGES = {
  board: { make: board, may: () => true },
  orbits: { make: orbits, may: () => true },
  history: { make: history, may: () => true },
  figures: { make: figures, may: () => true },
  groups: { make: groups, may: () => session.reads },
  rings: { make: rings, may: () => session.reads },
  policies: { make: policies, may: () => session.reads },
  users: { make: users, may: () => true },
};

let page = null;
let frame = null;

// --- Looks ---

function isDark() {
  const chosen = localStorage.getItem(THEME);
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function paint() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

function switchTheme() {
  localStorage.setItem(THEME, isDark() ? "light" : "dark");
  paint();
  frame?.theme.replaceChildren(icon(isDark() ? "sun" : "moon"));
}

async function switchLanguage() {
  await speak(spoken() === "en" ? "zh" : "en");
  await show();
}

function preferences() {
  const theme = h("button", { type: "button", class: "plain", title: t("theme"), "aria-label": t("theme"), onclick: switchTheme }, icon(isDark() ? "sun" : "moon"));
  const language = h("button", { type: "button", class: "plain", lang: spoken() === "en" ? "zh-CN" : "en", "data-do": "language", onclick: switchLanguage }, t("other-language"));
  return { theme, language };
}

// --- Signing in ---

async function enter(token) {
  session.begin(token);
  session.me = await get("/me");
  if (session.me.tenant) {
    session.choose(session.me.tenant);
  }
}

function signOut(why = "") {
  live.stop();
  live.tenant = "";
  session.end();
  location.hash = "";
  signIn(why);
}

function signIn(why = "") {
  page = null;
  frame = null;
  document.title = "Mooring";
  document.querySelectorAll("dialog").forEach((box) => box.close());
  const token = h("input", { type: "password", id: "token", required: true, autocomplete: "off", spellcheck: "false" });
  const failure = h("p", { class: "failure", role: "alert", hidden: !why }, why);
  const enterButton = h("button", { type: "submit", class: "primary" }, t("sign-in"));
  const { theme, language } = preferences();
  const form = h("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      enterButton.disabled = true;
      failure.hidden = true;
      try {
        await enter(token.value.trim());
        await show();
      } catch (problem) {
        session.end();
        failure.textContent = problem.words ? problem.words() : String(problem);
        failure.hidden = false;
        token.select();
      } finally {
        enterButton.disabled = false;
      }
    },
  }, h("img", { src: "/console/icon.svg", alt: "", width: "48", height: "48" }), h("h1", {}, "Mooring"),
    h("p", { class: "hint" }, t("sign-in.text")), h("div", { class: "field" }, h("label", { for: "token" }, t("token")), token), failure, enterButton,
    h("p", { class: "hint" }, t("sign-in.hint")));
  app.replaceChildren(h("main", { class: "door" }, h("div", { class: "corner" }, language, theme), form));
  token.focus();
}

/** Who may see several tenants says which one. */
async function chooseTenant() {
  live.stop();
  live.tenant = "";
  let tenants;
  try {
    tenants = await all("/tenants", 1000);
  } catch (problem) {
    signOut(problem.words ? problem.words() : String(problem));
    return;
  }
  page = null;
  frame = null;
  const { theme, language } = preferences();
  const choices = h("ul", { class: "choices" }, tenants.map((it) => h("li", {}, h("button", {
    type: "button", onclick: () => { session.choose(it.domain); location.hash = "#board"; show(); },
  }, h("strong", {}, it.displayName || it.domain), h("span", {}, it.domain)))));
  const filter = h("input", {
    type: "search", "aria-label": t("tenants.filter"), placeholder: t("tenants.filter"),
    oninput: () => [...choices.children].forEach((it) => { it.hidden = !it.textContent.toLowerCase().includes(filter.value.toLowerCase()); }),
  });
  app.replaceChildren(h("main", { class: "door" }, h("div", { class: "corner" }, language, theme,
    h("button", { type: "button", class: "plain", onclick: () => signOut() }, t("sign-out"))),
    h("div", { class: "panel" }, h("h1", {}, t("tenants.title")), tenants.length > 8 && filter,
      tenants.length ? choices : h("p", {}, t("tenants.none")))));
  choices.querySelector("button")?.focus();
}

// --- The frame ---

function forgetNames() {
  names.extensions.clear();
  names.groups.clear();
  names.tenant = "";
}

async function readNames() {
  if (session.reads) {
    names.tenant = (await get(tenant())).displayName;
    if (frame) {
      setText(frame.tenant, names.tenant || session.tenant);
    }
    const [extensions, parkGroups] = await Promise.all([all(tenant("/extensions")), all(tenant("/park-groups"))]);
    extensions.forEach((it) => names.extensions.set(it.extension, it.displayName));
    parkGroups.forEach((it) => names.groups.set(it.id, it.name));
  } else if (session.me.extension) {
    const own = await get(tenant(`/extensions/${session.me.extension}`));
    names.extensions.set(own.extension, own.displayName);
  }
  page?.show();
}

function build() {
  const { theme, language } = preferences();
  const links = Object.entries(PAGES).filter(([, it]) => it.may())
    .map(([name], index) => h("a", { href: `#${name}`, "data-page": name, title: `${t(`page.${name}`)} (${index + 1})` }, t(`page.${name}`)));
  const status = h("span", { class: "status", role: "status" });
  const banner = h("p", { class: "banner", role: "alert", hidden: true });
  const main = h("main", { id: "main", tabindex: "-1" });
  const tenantName = session.me.tenant
    ? h("span", { class: "tenant", title: session.tenant }, names.tenant || session.tenant)
    : h("button", { type: "button", class: "tenant plain", title: `${session.tenant} · ${t("tenants.title")}`, onclick: chooseTenant }, names.tenant || session.tenant);
  const who = t(`role.${session.me.role}`) + (session.me.extension ? ` · ${session.me.extension}` : "");
  frame = { theme, links, status, banner, main, tenant: tenantName };
  app.replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, t("skip")),
    h("header", { class: "top" },
      h("div", { class: "brand" }, h("img", { src: "/console/icon.svg", alt: "", width: "26", height: "26" }),
        tenantName),
      h("nav", { "aria-label": t("pages") }, links),
      h("div", { class: "side" }, status, h("span", { class: "who" }, who), language, theme,
        h("button", { type: "button", class: "plain", title: t("help.title"), "aria-label": t("help.title"), onclick: help }, icon("help")),
        h("button", { type: "button", class: "plain", title: t("sign-out"), "aria-label": t("sign-out"), onclick: () => signOut() }, icon("leave")))),
    banner, main);
}

async function show() {
  paint();
  if (!session.token) {
    signIn();
    return;
  }
  if (!session.tenant) {
    await chooseTenant();
    return;
  }
  if (live.tenant !== session.tenant) {
    live.tenant = session.tenant;
    forgetNames();
    live.start();
  }
  build();
  open();
  connection();
  await readNames().catch((problem) => session.token && notice(problem.words ? problem.words() : String(problem), "failed"));
}

function open() {
  if (!frame) {
    return;
  }
  const [name, ...rest] = location.hash.slice(1).split("/");
  const wanted = PAGES[name]?.may() ? name : "board";
  page?.left?.();
  page = PAGES[wanted].make(rest.map(decodeURIComponent));
  frame.main.replaceChildren(page.element);
  frame.links.forEach((link) => (link.dataset.page === wanted ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
  frame.links.find((link) => link.dataset.page === wanted).scrollIntoView({ block: "nearest", inline: "center" });
  page.show();
  title(wanted);
}

function title(wanted) {
  const waiting = live.calls?.length ? `(${live.calls.length}) ` : "";
  document.title = `${waiting}${t(`page.${wanted}`)} · Mooring`;
}

function connection() {
  if (!frame) {
    return;
  }
  const lost = live.state === "reconnecting";
  frame.status.dataset.state = live.state;
  setText(frame.status, t(`live.${live.state}`));
  const refused = live.calls && live.problem ? live.problem.words() : "";
  frame.banner.hidden = !lost && !refused;
  setText(frame.banner, lost ? t("live.lost", { time: live.sinceMillis ? time(live.sinceMillis) : "–" }) : refused);
}

// --- The keyboard ---

function help() {
  const lines = ["1-7", "/", "↑ ↓", "Enter", "r", "s", "x", "p", "t", "l", "?", "Esc"];
  tell(t("help.title"), h("dl", { class: "keys" }, lines.map((key) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(`key.${key}`))])));
}

function keyboard(event) {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && typing && !document.querySelector("dialog[open]")) {
    typing.blur();
  }
  if (!frame || typing || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) {
    return;
  }
  const common = {
    "?": help,
    t: switchTheme,
    l: switchLanguage,
    p: () => document.querySelector(".chip:not([hidden])")?.click(),
  };
  const action = page?.keys?.[event.key] || common[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (/^[1-9]$/.test(event.key)) {
    frame.links[Number(event.key) - 1]?.click();
  }
}

session.expired = (token) => token && token === session.token && signOut(t("signed-out"));
live.addEventListener("calls", () => {
  page?.show();
  if (frame) {
    title(location.hash.slice(1).split("/")[0] in PAGES ? location.hash.slice(1).split("/")[0] : "board");
    connection();
  }
});
live.addEventListener("state", connection);
live.addEventListener("happened", ({ detail }) => {
  announce(detail);
  page?.happened?.(detail);
});
window.addEventListener("phone", () => page?.show());
window.addEventListener("hashchange", open);
window.addEventListener("online", () => live.hurry());
document.addEventListener("visibilitychange", () => document.hidden || live.hurry());
document.addEventListener("keydown", keyboard);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
setInterval(() => page?.tick?.(), TICK_MILLIS);

paint();
await speak();
if (session.token) {
  try {
    await enter(session.token);
  } catch (problem) {
    if (session.token) {
      signOut(problem.words ? problem.words() : String(problem));
    }
  }
}
await show();
