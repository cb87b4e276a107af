// English and Chinese. Everything that a person reads stands in en.json and zh.json, under the same keys.
const LANGUAGES = ["en", "zh"];
const KEPT = "mooring.language";

let language = "en";
let words = {};

/** The language that the user chose, else the first of the browser's that we have. */
function preferred() {
  const chosen = localStorage.getItem(KEPT);
  if (LANGUAGES.includes(chosen)) {
    return chosen;
  }
  return navigator.languages.map((it) => it.slice(0, 2).toLowerCase()).find((it) => LANGUAGES.includes(it)) || "en";
}

/** Reads the words; without a language those that the user prefers. */
export async function speak(wanted) {
  if (wanted) {
    localStorage.setItem(KEPT, wanted);
  }
  language = preferred();
  words = await (await fetch(`/console/${language}.json`)).json();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function spoken() {
  return language;
}

export function has(key) {
  return key in words;
}

/** The words of a key; {name} stands for a value. */
export function t(key, values = {}) {
  const text = words[key];
  return text === undefined ? key : text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

/** 4:07, 1:04:07 */
export function duration(millis) {
  const all = Math.max(0, Math.floor(millis / 1000));
  const seconds = String(all % 60).padStart(2, "0");
  const minutes = Math.floor(all / 60) % 60;
  const hours = Math.floor(all / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

export function time(millis) {
  return new Date(millis).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function dateTime(millis) {
  return new Date(millis).toLocaleString(locale(),
    { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function number(value) {
  return value.toLocaleString(locale());
}
