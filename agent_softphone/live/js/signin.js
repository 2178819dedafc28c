// The log-in.

import { api } from "./api.js";
import { languageSwitch, themeSwitch } from "./controls.js";
import { h, setAttribute, setText } from "./dom.js";
import { label, onLanguage, t } from "./i18n.js";
import { problem } from "./problems.js";

export function signIn(root, welcome, signedIn) {
  const [languages, stopLanguages] = languageSwitch();
  const [theme, stopTheme] = themeSwitch();
  const heading = h("h1");
  const company = h("p", { class: "company" });
  const person = h("input", {
    id: "agent", name: "username", autocomplete: "username", autocapitalize: "none",
    spellcheck: "false", required: true, maxlength: 64,
  });
  const password = h("input", {
    id: "password", name: "password", type: "password", autocomplete: "current-password",
    required: true, maxlength: 512,
  });
  const personLabel = h("label", { for: "agent" });
  const passwordLabel = h("label", { for: "password" });
  const error = h("p", { class: "error", role: "alert" });
  const button = h("button", { type: "submit", class: "main" });
  const form = h(
    "form", { class: "signin", onsubmit: submit },
    h("img", { src: "/live/icon.svg", alt: "", width: 52, height: 52 }),
    heading, company,
    personLabel, person, passwordLabel, password, error, button,
  );
  root.append(
    h("div", { class: "entrance" }, h("div", { class: "corner" }, languages, theme),
      h("main", {}, form)),
  );

  let failure = null;
  function update() {
    setText(heading, "Parley");
    setText(company, label(welcome.company, t("title")));
    setText(personLabel, t("signin.agent"));
    setText(passwordLabel, t("signin.password"));
    setText(button, t("signin.button"));
    setText(error, failure ? problem(failure) : "");
  }

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    failure = null;
    update();
    try {
      const answer = await api.signIn(person.value.trim(), password.value);
      signedIn(answer.me);
    } catch (caught) {
      failure = caught;
      setAttribute(password, "aria-invalid", "true");
      password.select();
    } finally {
      button.disabled = false;
      update();
    }
  }

  update();
  person.focus();
  const stop = onLanguage(update);
  return () => [stop, stopLanguages, stopTheme].forEach((end) => end());
}
