// Draws the outline of a recording: the caller above, the agent below.

/** `at` is how much of it has been played, from 0 to 1. */
export function draw(canvas, peaks, silenced, at) {
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.max(1, Math.round(canvas.clientHeight * scale));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const colour = (name) => getComputedStyle(canvas).getPropertyValue(name).trim();
  const paper = canvas.getContext("2d");
  paper.clearRect(0, 0, width, height);
  const lane = height / peaks.channels.length;
  const place = (seconds) => (seconds / (peaks.seconds || 1)) * width;

  paper.fillStyle = colour("--amber-soft");
  for (const span of silenced) {
    const from = place(span.from);
    const [top, high] = span.side === "both" || peaks.channels.length === 1
      ? [0, height] : [span.side === "agent" ? lane : 0, lane];
    paper.fillRect(from, top, Math.max(2, place(span.to) - from), high);
  }
  peaks.channels.forEach((channel, side) => {
    const middle = lane * (side + 0.5);
    const step = width / Math.max(1, channel.least.length);
    paper.fillStyle = colour(side === 0 ? "--blue" : "--violet");
    channel.least.forEach((least, n) => {
      const top = middle - (loud(channel.greatest[n]) * lane) / 2;
      const bottom = middle - (loud(least) * lane) / 2;
      paper.fillRect(n * step, top, Math.max(1, step - 0.5), Math.max(1, bottom - top));
    });
  });
  paper.fillStyle = colour("--text");
  if (at > 0) paper.fillRect(at * width, 0, Math.max(1, scale), height);
}

/** Speech is far below full scale: drawn by its root, it can be seen. */
const loud = (peak) => Math.sign(peak) * Math.sqrt(Math.abs(peak) / 128) * 0.95;
