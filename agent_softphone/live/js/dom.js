// Small helpers for building and updating the page without a framework.

/** An element: h("button", {class: "main", onclick: f, "aria-label": "x"}, "text", child). */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** Change a text only if it differs, so that nothing is repainted or read out twice. */
export function setText(element, text) {
  const value = String(text);
  if (element.textContent !== value) element.textContent = value;
}

export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/**
 * Make `parent` hold one element per item, in order, keeping those that stay: focus,
 * animations and scroll positions survive. `make(item)` returns an element, and
 * `update(element, item)` fills it.
 */
export function keyed(parent, items, key, make, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let element = old.get(id);
    if (element) old.delete(id);
    else {
      element = make(item);
      element.dataset.key = id;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of old.values()) gone.remove();
}

/** Say something to screen readers. */
export function announce(text) {
  setText(document.getElementById("announcer"), text);
}

/** A section with a heading; returns [section, heading, body]. */
export function panel(id, classes = "") {
  const heading = h("h2", { id: `${id}-title` });
  const count = h("span", { class: "count", "aria-hidden": "true" });
  const body = h("div", { class: "body" });
  const section = h(
    "section",
    { id, class: `panel ${classes}`, "aria-labelledby": `${id}-title` },
    h("header", {}, heading, count),
    body,
  );
  return { section, heading, count, body };
}
