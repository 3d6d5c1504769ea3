"use strict";
(() => {
  const closed = () => [...document.querySelectorAll("details:not([open])")];
  let opened = [];
  addEventListener("beforeprint", () => { opened = closed(); opened.forEach(each => { each.open = true; }); });
  addEventListener("afterprint", () => { opened.forEach(each => { each.open = false; }); });

  const element = id => document.getElementById(id);
  const data = element("predictions-data");
  if (!data) return;
  const { classes, rows, grouped, folded, pictures } = JSON.parse(data.textContent);
  const AT_ONCE = 50;
  const columns = [
    { name: "Picture" },
    { name: "Predicted", of: row => classes[rows[row][2]] },
    { name: "Probability", of: row => rows[row][3], right: true },
    { name: "True", of: row => classes[rows[row][1]] },
    { name: "File", of: row => rows[row][0] },
    ...(grouped ? [{ name: "Group", of: row => rows[row][4] }] : []),
    ...(folded ? [{ name: "Fold", of: row => rows[row].at(-1), right: true, whole: true }] : []),
  ];
  const state = { sorted: null, down: false, first: 0 };
  const isWrong = row => rows[row][1] !== rows[row][2];
  const compare = new Intl.Collator("en", { numeric: true }).compare;

  function made(name, text, attributes = {}) {
    const it = document.createElement(name);
    if (text !== undefined) it.textContent = text;
    Object.entries(attributes).forEach(([key, value]) => it.setAttribute(key, value));
    return it;
  }

  function chosen() {
    const words = element("search").value.trim().toLowerCase();
    const [label, predicted] = ["true", "predicted"].map(id => element(id).value);
    const answers = element("answers").value;
    const found = rows.map((_, row) => row).filter(row =>
      (!words || rows[row][0].toLowerCase().includes(words) || (grouped && rows[row][4].toLowerCase().includes(words)))
      && (label === "" || rows[row][1] === +label)
      && (predicted === "" || rows[row][2] === +predicted)
      && (!answers || isWrong(row) === (answers === "wrong")));
    if (state.sorted !== null) {
      const of = columns[state.sorted].of, sign = state.down ? -1 : 1;
      found.sort((one, other) => {
        const [a, b] = [of(one), of(other)];
        return sign * (typeof a === "number" ? a - b : compare(a, b)) || one - other;
      });
    }
    return found;
  }

  function line(row) {
    const it = made("tr");
    const picture = made("td");
    if (pictures[row]) picture.append(made("img", undefined, { src: pictures[row], alt: `${rows[row][0]}`, loading: "lazy" }));
    it.append(picture);
    columns.slice(1).forEach(column => {
      const value = column.of(row);
      const cell = made("td", column.right && !column.whole ? value.toFixed(3) : value);
      if (column.right) cell.className = "right";
      if (column.name === "File") cell.className = "file";
      if (column.name === "Predicted" && isWrong(row)) { cell.className = "wrong"; cell.textContent = `${value} (wrong)`; }
      it.append(cell);
    });
    return it;
  }

  function show() {
    const found = chosen();
    if (state.first >= found.length) state.first = 0;
    const shown = found.slice(state.first, state.first + AT_ONCE);
    element("body").replaceChildren(...shown.map(line));
    const number = value => value.toLocaleString("en");
    const range = found.length > shown.length
      ? `rows ${number(state.first + 1)} to ${number(state.first + shown.length)} of ${number(found.length)}`
      : `${number(found.length)} ${found.length === 1 ? "row" : "rows"}`;
    element("count").textContent = `Shown: ${range}${found.length < rows.length ? `, of ${number(rows.length)} in all` : ""}.`;
    element("pages").hidden = found.length <= AT_ONCE;
    element("back").disabled = state.first === 0;
    element("on").disabled = state.first + AT_ONCE >= found.length;
    [...element("head").children].forEach((head, place) => {
      if (!columns[place].of) return;
      const isSorted = place === state.sorted;
      if (isSorted) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      head.firstChild.textContent = columns[place].name + (isSorted ? (state.down ? " ▼" : " ▲") : "");
    });
  }

  columns.forEach((column, place) => {
    const head = made("th", undefined, { scope: "col" });
    if (column.right) head.className = "right";
    if (!column.of) { head.textContent = column.name; element("head").append(head); return; }
    const button = made("button", column.name, { type: "button" });
    button.addEventListener("click", () => {
      state.down = state.sorted === place && !state.down;
      state.sorted = place;
      state.first = 0;
      show();
    });
    head.append(button, made("span", column.name, { class: "printed" }));
    element("head").append(head);
  });
  ["true", "predicted"].forEach(id => classes.forEach((name, place) => element(id).append(made("option", name, { value: place }))));
  ["search", "true", "predicted", "answers"].forEach(id => element(id).addEventListener("input", () => { state.first = 0; show(); }));
  element("back").addEventListener("click", () => { state.first = Math.max(0, state.first - AT_ONCE); show(); });
  element("on").addEventListener("click", () => { state.first += AT_ONCE; show(); });
  element("controls").hidden = false;
  show();
})();
