// Language and theme switches, on every screen.

import { h, setAttribute, setText } from "./dom.js";
import { LANGUAGES, language, onLanguage, setLanguage, t } from "./i18n.js";

/** One button a language; the chosen one is pressed. Returns [element, stop]. */
export function languageSwitch() {
  const buttons = Object.entries(LANGUAGES).map(([code, name]) =>
    h("button", { type: "button", lang: code, onclick: () => setLanguage(code) }, name),
  );
  const group = h("div", { class: "switch", role: "group", id: "languages" }, buttons);
  const update = () => {
    setAttribute(group, "aria-label", t("language"));
    for (const button of buttons) {
      setAttribute(button, "aria-pressed", String(button.lang === language()));
    }
  };
  update();
  return [group, onLanguage(update)];
}

const dark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

/** Light or dark. Returns [element, stop]. */
export function themeSwitch() {
  const button = h("button", { type: "button", class: "icon", id: "theme", onclick: change });
  function change() {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("parley.theme", theme);
    } catch {
      // It lasts for this page then.
    }
    update();
  }
  const update = () => {
    setText(button, dark() ? "☀" : "☾");
    setAttribute(button, "aria-label", t(dark() ? "theme.light" : "theme.dark"));
    setAttribute(button, "title", t(dark() ? "theme.light" : "theme.dark"));
  };
  update();
  return [button, onLanguage(update)];
}
