// What is heard of a contact: both sides' words, the customer's mood, what was understood.

import { api } from "../api.js";
import { h, panel, setAttribute, setText } from "../dom.js";
import { has, onLanguage, t } from "../i18n.js";
import { talkLines } from "../hearing/lines.js";
import { listen } from "../hearing/listen.js";
import { fillMood, moodMeter, moodName, reasonsOf } from "../hearing/mood.js";
import { hear, silence } from "../hearing/talk.js";
import { understoodChips } from "../hearing/understood.js";
import { verdictButtons } from "../hearing/verdict.js";
import { agentName, isCall, queueName } from "../names.js";
import { serverNow } from "../time.js";
import { toast } from "../toast.js";

const SPOKEN = 20; // finals that screen readers may still go through
const FRESH = 5; // s: what is older is not read out

export function heardPanel({ me }) {
  const { section, heading, body } = panel("heard");
  const supervises = me.roles.includes("supervisor");
  const whom = h("span", { class: "whom" });
  const status = h("span", { class: "chip", id: "heard-status" });
  const close = h("button", { type: "button", class: "small quiet", onclick: () => choose(null) });
  section.querySelector("header").append(whom, h("span", { class: "space" }), status, close);

  const meter = moodMeter();
  const word = h("span", { class: "mood-name" });
  const because = h("span", { class: "because" });
  const missed = supervises
    ? h("button", { type: "button", class: "small missed", onclick: miss }) : null;
  const mood = h("div", { class: "mood-line" }, h("span", { class: "label" }), meter, word,
    because, missed);
  const chips = understoodChips();
  const hint = h("p", { class: "hint" });
  const lines = talkLines((event) =>
    supervises && event.type === "emotion.crossed" ? verdictButtons(event, given(event)) : null);
  const readOut = h("div", { class: "unseen", role: "log", "aria-live": "polite" });
  body.append(mood, chips.element, hint, lines.element, readOut);
  section.hidden = true;
  heading.tabIndex = -1;

  let state = null;
  let chosen = null; // by a supervisor, instead of one's own
  let dismissed = null; // whoever was closed is not opened again by itself
  let shown = null; // the contact that is listened to
  let talk = silence();
  let line = "connecting"; // live, lost, over, refused
  let off = "";
  let marks = null; // what is kept of alerts, once it has come
  let stop = () => {};
  let planned = false;

  function follow(id) {
    stop();
    shown = id;
    talk = silence();
    line = "connecting";
    off = "";
    lines.reset();
    readOut.replaceChildren();
    if (missed) missed.disabled = false;
    if (id === null) return;
    if (supervises) marks = api.emotion(id).catch(() => null);
    stop = listen(id, {
      hello(message) {
        line = "live";
        off = message.off;
        plan();
      },
      event(event) {
        hear(talk, event);
        if (event.type === "transcript.final" && event.data.text) read(event);
        plan();
      },
      over: () => ends("over"),
      refused: () => ends("refused"),
      lost: () => ends("lost"),
    });
  }

  /** What was said of an alert before. */
  const given = async ({ data }) =>
    (await marks)?.marks.find((one) => one.mark === data.n)?.verdict ?? null;

  /** The customer is angry, and no alert came: the site learns from that too. */
  async function miss() {
    missed.disabled = true;
    try {
      await api.missed(shown);
      toast(t("mood.missed.noted"));
    } catch (error) {
      missed.disabled = false;
      toast(error);
    }
  }

  function ends(how) {
    line = how;
    plan();
  }

  function read(event) {
    if (serverNow() - event.at > FRESH) return;
    readOut.append(h("p", {}, `${t(`heard.${event.data.leg}`)}: ${event.data.text}`));
    if (readOut.children.length > SPOKEN) readOut.firstElementChild.remove();
  }

  function plan() {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      paint();
    });
  }

  /** One's own call; one that goes on before one that is wrapped up. */
  function own() {
    const calls = (state.agents[me.id]?.assignments ?? []).filter(
      (one) => isCall(one.medium) && ["active", "wrap_up"].includes(one.state));
    return (calls.find((one) => one.state === "active") ?? calls[0])?.contact_id ?? null;
  }

  function wanted() {
    if (chosen) return chosen;
    const mine = own();
    if (mine && mine !== dismissed) return mine;
    return shown && state.contacts[shown] && shown !== dismissed ? shown : null;
  }

  /** Look at contact `id`; null closes the panel. */
  function choose(id) {
    chosen = id;
    dismissed = id === null ? shown : null;
    update();
    if (id) {
      section.scrollIntoView({ block: "nearest" });
      heading.focus();
    }
  }

  function update() {
    const next = wanted();
    if (next !== shown) follow(next);
    paint();
  }

  const statusOf = (contact) => {
    if (line === "lost" || line === "connecting") return line;
    if (line === "refused") return "refused";
    if (line === "over") return "over";
    if (off) return "off";
    if (talk.legs.size) return talk.level ? "degraded" : "on";
    if (talk.failed) return "failed";
    if (contact && contact.stage !== "talking") return "paused";
    return talk.heard ? "stopped" : "waiting";
  };

  function paint() {
    section.hidden = shown === null;
    if (shown === null) return;
    const contact = state.contacts[shown] ?? null;
    setText(heading, t("heard"));
    setText(whom, contact ? [contact.customer || t("anonymous"), queueName(state, contact.queue),
      contact.agent_id !== me.id && agentName(state, contact.agent_id)]
      .filter(Boolean).join(" · ") : "");
    setText(close, "✕");
    setAttribute(close, "aria-label", t("close"));
    close.hidden = !supervises && line !== "over" && line !== "refused";
    const how = statusOf(contact);
    status.className = `chip heard-${how}`;
    setText(status, t(`heard.state.${how}`));
    setText(hint, hintOf(how));
    hint.hidden = !hint.textContent;
    feel();
    chips.render(talk);
    lines.element.hidden = !talk.items.size;
    lines.render(talk);
  }

  function hintOf(how) {
    if (how === "off") {
      const key = `heard.off.${off}`;
      return t("heard.off", { reason: has(key) ? t(key) : off });
    }
    if (how === "failed") return t("heard.failed", { reason: talk.failed.message ?? "" });
    if (how === "degraded") return t(`heard.level.${Math.min(talk.level, 3)}`);
    if (talk.expects) return t("heard.expects");
    if (["refused", "waiting", "paused"].includes(how)) return t(`heard.hint.${how}`);
    return "";
  }

  function feel() {
    const reading = talk.mood;
    mood.hidden = reading === null;
    if (reading === null) return;
    setText(mood.querySelector(".label"), t("mood"));
    if (missed) {
      setText(missed, t("mood.missed"));
      missed.title = t("mood.missed.long");
      missed.hidden = talk.alert !== null;
    }
    fillMood(meter, reading.score);
    const name = talk.alert ? "tense" : moodName(reading.score);
    word.dataset.mood = name;
    setText(word, t(`mood.${name}`));
    setText(because, reasonsOf(talk.alert && !reasonsOf(reading) ? talk.alert.data : reading));
  }

  const stopLanguage = onLanguage(() => state && paint());
  return {
    section,
    choose,
    render(next) {
      state = next;
      update();
    },
    close() {
      stop();
      stopLanguage();
    },
  };
}
