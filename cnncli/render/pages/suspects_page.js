"use strict";
// Decisions on labels, saved as the table that --corrections takes.
const {files, before} = JSON.parse(document.getElementById("data").textContent);
const fields = [...document.querySelectorAll("fieldset")];
let saved = true;

function decisions() {
  return fields.map((field, place) => {
    const action = field.querySelector("input:checked").value;
    const label = action === "relabel" ? field.querySelector("select").value : "";
    return [files[place], action, label];
  }).filter(([, action]) => action);
}

function count() {
  const number = decisions().length;
  const earlier = before.length ? ` (and ${before.length} of before)` : "";
  document.getElementById("count").textContent =
    `${number} of ${fields.length} decided${earlier}`;
  document.getElementById("save").disabled = !number;
}

function cell(text) {
  return /[",;\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save() {
  const rows = [["file", "action", "label"], ...decisions(), ...before];
  const text = rows.map((row) => row.map(cell).join(",") + "\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
  link.download = "decisions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  saved = true;
}

for (const field of fields) {
  // Choosing a class is deciding for it.
  field.querySelector("select").addEventListener("change", () => {
    field.querySelector("input[value=relabel]").checked = true;
  });
  field.addEventListener("change", () => { saved = false; count(); });
}
document.getElementById("save").addEventListener("click", save);
addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
document.getElementById("bar").hidden = !fields.length;
count();
