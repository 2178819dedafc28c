// A table that keeps its rows: real rows and headings, so that screen readers can walk it.

import { h, keyed, panel, setText } from "../dom.js";
import { t } from "../i18n.js";

/**
 * `columns` are [name, tag of the cell's content]; `fill(cells, item, state)` writes them.
 * `actions(item)` may give buttons for a last column, made once a row, and `heading` names it.
 */
export function tablePanel(id, columns, { fill, actions, keyOf, heading: last = "column.actions" }) {
  const { section, heading, count, body } = panel(id, "table");
  const heads = columns.map(([name]) => h("th", { scope: "col", class: `c-${name}` }));
  const actionHead = actions ? h("th", { scope: "col", class: "c-actions" }) : null;
  const rows = h("tbody");
  const none = h("p", { class: "none" });
  const table = h("table", { "aria-labelledby": `${id}-title` },
    h("thead", {}, h("tr", {}, heads, actionHead)), rows);
  body.append(h("div", { class: "scroll" }, table), none);

  function make(item) {
    const cells = columns.map(([name, tag]) => h("td", { class: `c-${name}` }, h(tag ?? "span")));
    const buttons = actions ? h("td", { class: "c-actions" }, actions(item)) : null;
    return h("tr", {}, cells, buttons);
  }

  return {
    section,
    render(items, state) {
      setText(heading, t(id));
      setText(count, items.length);
      columns.forEach(([name], i) => setText(heads[i], t(`column.${name}`)));
      if (actionHead) setText(actionHead, t(last));
      setText(none, t(`${id}.none`));
      none.hidden = items.length > 0;
      table.hidden = items.length === 0;
      keyed(rows, items, keyOf, make, (row, item) => {
        const cells = {};
        columns.forEach(([name], i) => (cells[name] = row.children[i].firstElementChild));
        fill(cells, item, state, row);
      });
    },
  };
}

/** A stage or state as a coloured chip; the colour only repeats what the word says. */
export function setChip(element, name, text) {
  element.className = `chip ${name}`;
  setText(element, text);
}
