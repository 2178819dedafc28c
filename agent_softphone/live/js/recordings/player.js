// A recording that can be played: its waveform, what is silent in it and why.

import { api } from "../api.js";
import { h, setText } from "../dom.js";
import { t } from "../i18n.js";
import { problem } from "../problems.js";
import { clock } from "../time.js";
import { draw } from "./waveform.js";

const POINTS = 1200;

/** `one` is a row of /api/recordings. The server sends only the parts that are played. */
export function player(one) {
  const url = `/api/recordings/${encodeURIComponent(one.id)}`;
  const canvas = h("canvas", { class: "waveform", height: 96, "aria-hidden": "true" });
  const audio = h("audio", { controls: true, preload: "none", src: url });
  const silent = h("ul", { class: "silenced" });
  const error = h("p", { class: "error", role: "alert" });
  const element = h("div", { class: "player", "data-recording": one.id },
    canvas, audio, silent, error);
  let peaks = null;

  function paint() {
    const at = audio.duration ? audio.currentTime / audio.duration : 0;
    if (peaks) draw(canvas, peaks, one.silenced, at);
  }

  function seek(event) {
    const box = canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    audio.currentTime = share * (one.seconds ?? 0);
    audio.play().catch(() => null);
  }

  async function broken() {
    // The element does not say why; the server does.
    try {
      await api.recordingCheck(one.id);
      setText(error, t("recordings.unplayable"));
    } catch (failure) {
      setText(error, problem(failure));
    }
  }

  canvas.addEventListener("click", seek);
  audio.addEventListener("timeupdate", paint);
  audio.addEventListener("seeked", paint);
  audio.addEventListener("error", broken);
  const resized = new ResizeObserver(paint);
  resized.observe(canvas);
  api.peaks(one.id, POINTS).then(
    (found) => {
      peaks = found;
      element.dataset.drawn = found.points;
      paint();
    },
    (failure) => setText(error, problem(failure)),
  );

  return {
    element,
    texts() {
      silent.replaceChildren(...one.silenced.map((span) => h("li", {},
        `${clock(span.from)} – ${clock(span.to)} · ${t(`recordings.side.${span.side}`)} · ` +
        t(`recordings.silenced.${span.reason}`))));
      audio.setAttribute("aria-label", t("recordings.player"));
      paint();
    },
    close() {
      resized.disconnect();
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    },
  };
}
