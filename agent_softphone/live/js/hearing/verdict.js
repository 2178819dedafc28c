// Whether an alert was right: supervisors teach the site's threshold.

import { api } from "../api.js";
import { h, setAttribute, setText } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { toast } from "../toast.js";

const VERDICTS = ["right", "wrong"];

/**
 * Two buttons, of which the chosen one is pressed. `event` is the crossing, `given` what
 * was said of it before, or a promise of that.
 */
export function verdictButtons(event, given = null) {
  let chosen = null;
  const question = h("span", { class: "question" });
  const buttons = VERDICTS.map((verdict) => h("button", {
    type: "button", class: "small", "data-verdict": verdict, onclick: () => judge(verdict),
  }));
  const element = h("span", { class: "verdict", role: "group" }, question, buttons);

  async function judge(verdict) {
    const before = chosen;
    chosen = verdict;
    update();
    try {
      await api.verdict(event.contact_id, event.data.n, verdict);
    } catch (error) {
      chosen = before;
      update();
      toast(error);
    }
  }

  function update() {
    setText(question, t("verdict"));
    setAttribute(element, "aria-label", t("verdict"));
    for (const button of buttons) {
      setText(button, t(`verdict.${button.dataset.verdict}`));
      setAttribute(button, "aria-pressed", String(button.dataset.verdict === chosen));
    }
  }
  const stop = onLanguage(() => (element.isConnected ? update() : stop()));
  update();
  Promise.resolve(given).then((verdict) => {
    chosen ??= verdict;
    update();
  });
  return element;
}
