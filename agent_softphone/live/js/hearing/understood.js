// What was understood: what the customer wants, and key facts, as chips.

import { h, keyed, setAttribute, setText } from "../dom.js";
import { t } from "../i18n.js";
import { intentName } from "../names.js";

const CHECKS = { true: " ✓", false: " ✗" };

export function understoodChips() {
  const element = h("ul", { class: "understood" });
  const make = () => h("li", {}, h("span", { class: "kind" }), h("span", { class: "value" }));

  function update(chip, one) {
    const [kind, value] = chip.children;
    if (one.intent) {
      chip.className = "intent";
      setText(kind, t("heard.intent"));
      setText(value, intentName(one.intent));
      chip.title = t("heard.sure", { percent: Math.round(100 * one.confidence) });
    } else {
      chip.className = "fact";
      setText(kind, t(`fact.${one.kind}`));
      setText(value, one.value + (CHECKS[one.valid] ?? ""));
      chip.title = one.valid === false ? t("fact.wrong") : "";
    }
  }

  return {
    element,
    render({ facts, intent }) {
      const all = [...(intent ? [intent] : []), ...facts.values()];
      element.hidden = !all.length;
      setAttribute(element, "aria-label", t("heard.understood"));
      keyed(element, all, (one) => (one.intent ? `intent:${one.intent}` : one.kind + one.value),
        make, update);
    },
  };
}
