// The latest recordings, for supervisors; each opens a player.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { agentName, queueName, shortId } from "../names.js";
import { marksOf } from "../recordings/marks.js";
import { recordingsDialog } from "../recordings/dialog.js";
import { clock, dateAndTime } from "../time.js";
import { toast } from "../toast.js";
import { setChip, tablePanel } from "./table.js";

const LATEST = 15;
const AGAIN = 20_000; // ms
const SOON = 4000; // ms after a call was over: it is being finished

export function recordingsPanel() {
  let state = null;
  let rows = [];
  let live = "";
  const table = tablePanel(
    "recordings",
    [["began", "time"], ["length"], ["queue"], ["agent"], ["marks"]],
    {
      keyOf: (one) => one.id,
      heading: "column.play",
      actions: (one) => h("button", { type: "button", class: "small", "data-play": one.contact_id,
        onclick: () => recordingsDialog(one.contact_id, () => state) }, "▶"),
      fill(cells, one, now, row) {
        setText(cells.began, one.started_at ? dateAndTime(one.started_at) : "–");
        cells.began.title = shortId(one.contact_id);
        setText(cells.length, clock(one.seconds ?? 0));
        setText(cells.queue, queueName(now, one.queue) || "–");
        setText(cells.agent, agentName(now, one.agent_id) || "–");
        const other = one.state === "finished" ? [] : [t(`recordings.state.${one.state}`)];
        const words = [...other, ...marksOf(one)].join(" · ");
        setChip(cells.marks, one.marks.length || other.length ? "slow" : "", words || "–");
        const button = row.querySelector("button[data-play]");
        button.title = t("recordings.open");
        button.setAttribute("aria-label", `${t("recordings.open")} ${shortId(one.contact_id)}`);
      },
    },
  );

  async function load() {
    try {
      rows = (await api.recordings({ limit: LATEST })).recordings;
      if (state) table.render(rows, state);
    } catch (error) {
      if (error.status !== 0 && error.status !== 401) toast(error);
    }
  }

  let soon = null;
  const again = setInterval(() => {
    if (!document.hidden) load();
  }, AGAIN);
  load();
  return {
    section: table.section,
    render(next) {
      state = next;
      const calls = Object.values(state.contacts)
        .map((c) => `${c.id}${c.recording ?? ""}`).sort().join();
      if (calls !== live) {
        live = calls;
        clearTimeout(soon);
        soon = setTimeout(load, SOON);
      }
      table.render(rows, state);
    },
    close() {
      clearInterval(again);
      clearTimeout(soon);
    },
  };
}
