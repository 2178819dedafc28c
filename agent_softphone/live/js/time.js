// Clocks that tick: <time data-since="epoch"> counts up, data-until counts down.

let skew = 0; // seconds that the server's clock is ahead of ours

export function setServerTime(now) {
  skew = now - Date.now() / 1000;
}

export const serverNow = () => Date.now() / 1000 + skew;

/** 7 s -> 0:07, 75 s -> 1:15, 3675 s -> 1:01:15 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

export function setSince(element, since) {
  if (since === null || since === undefined) delete element.dataset.since;
  else element.dataset.since = since;
  tick(element);
}

export function setUntil(element, until) {
  if (until === null || until === undefined) delete element.dataset.until;
  else element.dataset.until = until;
  tick(element);
}

function tick(element) {
  const { since, until, target } = element.dataset;
  let text = "–";
  if (since !== undefined) text = clock(serverNow() - Number(since));
  else if (until !== undefined) text = clock(Number(until) - serverNow() + 0.999);
  if (element.textContent !== text) element.textContent = text;
  if (target !== undefined) {
    const waited = since === undefined ? 0 : serverNow() - Number(since);
    const level = waited > 2 * target ? "late" : waited > target ? "slow" : "";
    if (element.dataset.level !== level) element.dataset.level = level;
  }
}

export function startClocks() {
  setInterval(() => {
    for (const element of document.querySelectorAll("[data-since],[data-until]")) tick(element);
  }, 500);
}

/** 14:03:27, in the reader's own zone. */
export const timeOfDay = (epoch) =>
  new Date(epoch * 1000).toLocaleTimeString([], { hour12: false });

/** 4 Mar, 14:03:27, in the reader's own zone and the page's language. */
export const dateAndTime = (epoch) =>
  new Date(epoch * 1000).toLocaleString(document.documentElement.lang || [], {
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hour12: false,
  });
