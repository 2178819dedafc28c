// The live wall: frame, connection, panels.

import { api } from "./api.js";
import { languageSwitch, themeSwitch } from "./controls.js";
import { announce, h, setAttribute, setText } from "./dom.js";
import { label, onLanguage, t } from "./i18n.js";
import { follow } from "./live.js";
import { agentsPanel } from "./panels/agents.js";
import { alertsBanner } from "./panels/alerts.js";
import { callsPanel } from "./panels/calls.js";
import { deskPanel } from "./panels/desk.js";
import { eventsPanel } from "./panels/events.js";
import { figures } from "./panels/figures.js";
import { heardPanel } from "./panels/heard.js";
import { recordingsPanel } from "./panels/recordings.js";
import { queuesPanel } from "./panels/queues.js";
import { transcriptsPanel } from "./panels/transcripts.js";
import { waitingPanel } from "./panels/waiting.js";
import { empty } from "./store.js";

export function wall(root, context) {
  const { me, welcome } = context;
  const [languages, stopLanguages] = languageSwitch();
  const [theme, stopTheme] = themeSwitch();
  const company = h("span", { class: "company" });
  const connection = h("span", { class: "connection", id: "connection" });
  const person = h("span", { class: "person" });
  const out = h("button", { type: "button", id: "sign-out", onclick: signOut });
  const banner = h("div", { class: "banner", role: "alert", hidden: true });
  const isAgent = me.roles.includes("agent");
  const heard = heardPanel(context);
  const panels = {
    alerts: alertsBanner(context, heard.choose),
    heard,
    figures: figures(context),
    desk: isAgent ? deskPanel(context) : null,
    queues: queuesPanel(context),
    waiting: waitingPanel(context),
    calls: callsPanel(context, heard.choose),
    agents: agentsPanel(context),
    transcripts: me.roles.includes("supervisor") ? transcriptsPanel(context) : null,
    recordings: me.roles.includes("supervisor") ? recordingsPanel() : null,
    events: eventsPanel(context),
  };
  const of = (name) => panels[name]?.section;
  root.append(
    h("header", { class: "top" },
      h("img", { src: "/live/icon.svg", alt: "", width: 30, height: 30 }),
      h("h1", {}, "Parley"), company, connection,
      h("div", { class: "space" }), languages, theme, person, out),
    banner,
    of("alerts"),
    h("main", { class: isAgent ? "wall with-desk" : "wall" },
      of("figures"),
      h("div", { class: "left" }, of("heard"), of("queues"), of("waiting"), of("calls"),
        of("transcripts"), of("recordings"), of("events")),
      h("div", { class: "right" }, of("desk"), of("agents"))),
  );

  let state = empty();
  let line = "connecting";
  let planned = false;
  function render() {
    planned = false;
    for (const one of Object.values(panels)) one?.render(state);
  }
  // Many changes in a moment are one painting.
  function plan() {
    if (!planned) {
      planned = true;
      requestAnimationFrame(render);
    }
  }
  function frame() {
    setText(company, label(welcome.company));
    setText(person, label(me.name, me.id));
    setText(out, t("signout"));
    showConnection(line);
  }
  function showConnection(name) {
    const changed = name !== line;
    line = name;
    setText(connection, t(`connection.${name}`));
    setAttribute(connection, "data-state", name);
    document.body.classList.toggle("stale", name === "lost");
    setText(banner, name === "lost" ? t("connection.banner") : "");
    banner.hidden = name !== "lost";
    if (changed) announce(t(`connection.${name}`));
  }
  const stopFollowing = follow({
    state(next) {
      state = next;
      plan();
    },
    connection: showConnection,
    signedOut: context.signedOut,
  });
  async function signOut() {
    await api.signOut().catch(() => null);
    context.signedOut();
  }
  frame();
  render();
  const stopListening = onLanguage(() => {
    frame();
    render();
  });
  return () => {
    for (const one of Object.values(panels)) one?.close?.();
    for (const end of [stopFollowing, stopListening, stopLanguages, stopTheme]) end();
    document.body.classList.remove("stale");
  };
}
