// Languages: every text of the page is in locale/<language>.json.

export const LANGUAGES = { en: "English", "zh-CN": "中文" };
const KEY = "parley.language";

const texts = {};
let current = "en";
const listeners = new Set();

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** The one chosen before, else the browser's, else English. */
function first() {
  const wanted = [remembered(), ...navigator.languages];
  for (const language of wanted) {
    if (language in LANGUAGES) return language;
    if (language?.toLowerCase().startsWith("zh")) return "zh-CN";
    if (language?.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

export async function startLanguages() {
  await Promise.all(
    Object.keys(LANGUAGES).map(async (language) => {
      const response = await fetch(`/live/locale/${language}.json`);
      texts[language] = await response.json();
    }),
  );
  setLanguage(first(), false);
}

export const language = () => current;

export function setLanguage(chosen, remember = true) {
  current = chosen;
  document.documentElement.lang = chosen;
  if (remember) {
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // It lasts for this page then.
    }
  }
  for (const listener of listeners) listener();
}

/** Call `listener` whenever the language changes; returns how to stop. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The text called `key`, its {places} filled; the key itself shows what is missing. */
export function t(key, values = {}) {
  const text = texts[current]?.[key] ?? texts.en?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const has = (key) => key in (texts[current] ?? {}) || key in (texts.en ?? {});

/** A label of the configuration, {"zh-CN": ..., "en": ...} or {"": ...}. */
export function label(texts, otherwise = "") {
  if (!texts) return otherwise;
  const base = current.split("-")[0];
  const near = Object.keys(texts).find((k) => k.split("-")[0] === base);
  return texts[current] ?? texts[near] ?? Object.values(texts)[0] ?? otherwise;
}
