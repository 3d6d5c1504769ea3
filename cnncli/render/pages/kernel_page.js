"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array, float64: Float64Array };
const bytes = Uint8Array.from(atob(data.pixels), (c) => c.charCodeAt(0));
const pixels = new ARRAYS[data.type](bytes.buffer);
const { height, width, channels } = data;
const NAMES = channels === 3 ? ["red", "green", "blue"] : ["grey"];
const ACTIVATIONS = {
  "": (x) => x,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};
const state = Object.assign({}, data.start);
let matrices = [];
let shown = null; // the feature map: {rows, columns, planes}

const pixel = (row, column, channel) => pixels[(row * width + column) * channels + channel];

// One axis of the sliding window, as in Keras: see cnncli/images/sliding.py.
function axis(size, taps) {
  const reach = (taps - 1) * state.dilation + 1;
  if (state.padding === "valid") {
    return { size, taps, reach, before: 0, out: Math.max(0, Math.floor((size - reach) / state.stride) + 1) };
  }
  const out = Math.ceil(size / state.stride);
  const total = Math.max((out - 1) * state.stride + reach - size, 0);
  return { size, taps, reach, before: Math.floor(total / 2), out };
}

function source(index, size) {
  if (index >= 0 && index < size) return index;
  if (state.padding === "edge" || (state.padding === "reflect" && size === 1)) {
    return Math.min(Math.max(index, 0), size - 1);
  }
  if (state.padding === "reflect") {
    const period = 2 * (size - 1);
    const folded = ((index % period) + period) % period;
    return Math.min(folded, period - folded);
  }
  return -1;
}

const axes = () => [axis(height, matrices[0].length), axis(width, matrices[0][0].length)];

function laid(matrix) {
  return state.flip ? matrix.map((row) => [...row].reverse()).reverse() : matrix;
}

function combined(sums) {
  return sums.length > 1 ? Math.hypot(...sums) : sums[0];
}

function groups() {
  const all = NAMES.map((_, index) => index);
  return state.channels === "sum" && channels > 1 ? [all] : all.map((index) => [index]);
}

// One channel with what lies outside of the picture, so that sums need not look where they are.
function padded(channel, down, across) {
  const around = (a, size) => Array.from({ length: Math.max(0, a.out - 1) * state.stride + a.reach },
    (_, place) => source(place - a.before, size));
  const rows = around(down, height), columns = around(across, width);
  const plane = new Float64Array(rows.length * columns.length);
  rows.forEach((y, row) => {
    if (y < 0) return;
    for (let x = 0, at = row * columns.length; x < columns.length; x++, at++) {
      if (columns[x] >= 0) plane[at] = pixels[(y * width + columns[x]) * channels + channel];
    }
  });
  return { plane, wide: columns.length };
}

// Weight by weight over the whole plane: a browser runs that a hundred times as fast as a sum at
// each place.
function correlate({ plane, wide }, matrix, down, across, sums) {
  const { stride, dilation } = state;
  matrix.forEach((weights, i) => weights.forEach((weight, j) => {
    if (!weight) return;
    for (let row = 0, at = 0; row < down.out; row++) {
      let from = (row * stride + i * dilation) * wide + j * dilation;
      for (let column = 0; column < across.out; column++, from += stride) sums[at++] += weight * plane[from];
    }
  }));
}

function respond() {
  const [down, across] = axes();
  const kernels = matrices.map(laid);
  const activate = ACTIVATIONS[state.activation];
  const planes = groups().map((group) => {
    const sums = kernels.map(() => new Float64Array(down.out * across.out));
    for (const channel of group) {
      const taken = padded(channel, down, across);
      kernels.forEach((matrix, k) => correlate(taken, matrix, down, across, sums[k]));
    }
    const [first, second] = sums;
    return first.map((sum, at) => activate((second ? Math.sqrt(sum * sum + second[at] * second[at]) : sum) + state.bias));
  });
  return { rows: down.out, columns: across.out, planes };
}

// How values become brightness: see cnncli/images/display.py.
function scale(planes) {
  let least = Infinity, most = -Infinity;
  for (const plane of planes) for (const value of plane) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const total = matrices[0].flat().reduce((a, b) => a + b, 0);
  const size = matrices[0].flat().reduce((a, b) => a + Math.abs(b), 0);
  const [low, high] = data.natural;
  const single = matrices.length === 1;
  if (single && Math.abs(total - 1) <= 1e-6 && most - least > 0.02 * (high - low)) return [low, high];
  if (least >= 0) return [0, reach(planes)];
  if (Math.abs(total) <= 1e-9 * size) { const end = reach(planes); return [-end, end]; }
  return [least, most];
}

function reach(planes) {
  const sample = [];
  const all = planes.reduce((n, plane) => n + plane.length, 0);
  const step = Math.max(1, Math.floor(all / 20000));
  for (const plane of planes) for (let i = 0; i < plane.length; i += step) sample.push(Math.abs(plane[i]));
  sample.sort((a, b) => a - b);
  return sample[Math.min(sample.length - 1, Math.floor(0.99 * sample.length))] || sample[sample.length - 1] || 1;
}

function paint(canvas, rows, columns, value, planes, [black, white]) {
  canvas.width = columns; canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const factor = 255 / (white > black ? white - black : 1);
  for (let at = 0; at < rows * columns; at++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * at + c] = Math.round((value(planes === 3 ? c : 0, at) - black) * factor);
    }
    image.data[4 * at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function text(value, digits = 6) {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value === 0 ? 0 : value);
  return String(Number(value.toPrecision(digits)));
}

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function table(title, rows, dress, digits) {
  const box = element("div", "gridbox");
  box.append(element("span", "", title));
  const grid = element("table", "grid");
  grid.setAttribute("aria-label", title);
  for (const row of rows) {
    const line = grid.insertRow();
    for (const value of row) {
      const cell = line.insertCell();
      cell.textContent = value === null ? "·" : text(value, digits);
      dress(cell, value);
    }
  }
  box.append(grid);
  return box;
}

function shade(cell, value) {
  if (value === null) { cell.className = "none"; cell.title = "no pixel lies there: it counts as 0"; return; }
  const [low, high] = data.natural;
  const grey = Math.round(Math.min(255, Math.max(0, ((value - low) * 255) / (high - low || 1))));
  cell.style.background = `rgb(${grey},${grey},${grey})`;
  cell.style.color = grey < 128 ? "#fff" : "#000";
}

// Returns how to show numbers that may be negative: the larger, the deeper the colour behind.
function signed(rows) {
  const largest = Math.max(...rows.flat().map(Math.abs)) || 1;
  return (cell, value) => {
    if (value === 0) return;
    const share = Math.round((35 * Math.abs(value)) / largest);
    const colour = value < 0 ? "var(--minus)" : "var(--plus)";
    cell.style.background = `color-mix(in srgb, ${colour} ${share}%, var(--wash))`;
  };
}

// The arithmetic of one output pixel: what it shows, and what the tests read.
function arithmetic(row, column, group) {
  const [down, across] = axes();
  const at = (place, a, tap) => source(place * state.stride - a.before + tap * state.dilation, a.size);
  const parts = [];
  const sums = matrices.map(() => 0);
  for (const channel of group) {
    matrices.map(laid).forEach((matrix, k) => {
      const window = matrix.map((weights, i) => weights.map((_, j) => {
        const y = at(row, down, i), x = at(column, across, j);
        return y < 0 || x < 0 ? null : pixel(y, x, channel);
      }));
      const products = matrix.map((weights, i) => weights.map((weight, j) => weight * (window[i][j] ?? 0)));
      const sum = products.flat().reduce((a, b) => a + b, 0);
      sums[k] += sum;
      parts.push({ channel, number: k, window, matrix, products, sum });
    });
  }
  const all = combined(sums);
  const biased = all + state.bias;
  return { parts, sums, combined: all, biased, output: ACTIVATIONS[state.activation](biased) };
}

const folded = new Set(); // the parts of the arithmetic that were closed by hand
const unfolded = new Set(); // and those that were opened

// One part of the arithmetic: a channel of the window under one matrix of the kernel.
function worked_out(part, index, name) {
  const taps = Math.max(part.matrix.length, part.matrix[0].length);
  const digits = taps > 3 ? 3 : 4;
  const grids = element("div", "grids" + (taps > 5 ? " tiny" : taps > 3 ? " middling" : ""));
  grids.append(
    table("pixels", part.window, shade, digits), element("span", "sign", "×"),
    table("kernel", part.matrix, signed(part.matrix), digits), element("span", "sign", "="),
    table("products", part.products, signed(part.products), digits));
  const total = `sum of the products ${text(part.sum)}`;
  if (!name) {
    const step = element("div", "step");
    grids.append(element("span", "total", total));
    step.append(grids);
    return step;
  }
  const step = element("details", "step");
  // Of large kernels, the first channel shows how it goes and the others only their sums.
  step.open = !folded.has(index) && (unfolded.has(index) || index === 0 || taps <= 3);
  step.append(element("summary", "", `${name}: ${total}`), grids);
  step.firstChild.addEventListener("click", () => {
    (step.open ? folded : unfolded).add(index);
    (step.open ? unfolded : folded).delete(index);
  });
  return step;
}

const bracketed = (value) => (value < 0 ? `(${text(value)})` : text(value));

// What is made of the sums, a line for each step.
function ending(worked) {
  const lines = [];
  const several = worked.parts.length / matrices.length > 1;
  matrices.forEach((_, k) => {
    const sums = worked.parts.filter((part) => part.number === k).map((part) => part.sum);
    if (several) lines.push(`${sums.map(bracketed).join(" + ")} = ${text(worked.sums[k])}`);
  });
  if (matrices.length > 1) {
    const squares = worked.sums.map((sum) => `${bracketed(sum)}²`).join(" + ");
    lines.push(`magnitude: √(${squares}) = ${text(worked.combined)}`);
  }
  if (state.bias) lines.push(`bias: ${text(worked.combined)} + ${bracketed(state.bias)} = ${text(worked.biased)}`);
  if (state.activation) lines.push(`${state.activation}(${text(worked.biased)}) = ${text(worked.output)}`);
  return lines;
}

function explain() {
  const all = groups();
  const group = all[Math.min(state.shown, all.length - 1)];
  const worked = arithmetic(state.row, state.column, group);
  $("steps").replaceChildren(...worked.parts.map((part, index) => {
    const names = [];
    if (group.length > 1) names.push(NAMES[part.channel]);
    if (matrices.length > 1) names.push(["first kernel", "second kernel"][part.number]);
    return worked_out(part, index, names.join(", "));
  }));
  const result = element("div", "", "output ");
  result.append(element("b", "", text(worked.output)));
  $("end").replaceChildren(...ending(worked).map((line) => element("div", "", line)), result);
  $("end").dataset.value = worked.output;
}

// A piece of a picture enlarged, with the places in it marked: `marks` are [row, column].
function magnify(lens, canvas, [row, column], marks, around) {
  const cell = 16;
  lens.hidden = Math.max(canvas.width, canvas.height) <= 2 * around;
  if (lens.hidden) return;
  const top = Math.round(row - (around - 1) / 2), left = Math.round(column - (around - 1) / 2);
  lens.width = lens.height = around * cell;
  const context = lens.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, left, top, around, around, 0, 0, lens.width, lens.height);
  const stroke = (colour, width, inset) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const [y, x] of marks) {
      context.strokeRect((x - left) * cell + inset, (y - top) * cell + inset, cell - 2 * inset, cell - 2 * inset);
    }
  };
  stroke("#fff", 3, 0);
  stroke("#c04a00", 1.5, 0);
}

function lenses(down, across) {
  const first = [state.row * state.stride - down.before, state.column * state.stride - across.before];
  const under = [];
  for (let i = 0; i < down.taps; i++) {
    for (let j = 0; j < across.taps; j++) under.push([first[0] + i * state.dilation, first[1] + j * state.dilation]);
  }
  const middle = [first[0] + (down.reach - 1) / 2, first[1] + (across.reach - 1) / 2];
  magnify($("inputLens"), $("input"), middle, under, Math.max(15, Math.max(down.reach, across.reach) + 6));
  magnify($("outputLens"), $("output"), [state.row, state.column], [[state.row, state.column]], 15);
}

function point() {
  const [down, across] = axes();
  state.row = Math.min(Math.max(0, state.row), Math.max(0, down.out - 1));
  state.column = Math.min(Math.max(0, state.column), Math.max(0, across.out - 1));
  $("row").value = state.row; $("column").value = state.column;
  $("row").max = down.out - 1; $("column").max = across.out - 1;
  const place = (box, top, left, high, wide, rows, columns) => {
    box.style.top = `${(100 * (top + high / 2)) / rows}%`;
    box.style.left = `${(100 * (left + wide / 2)) / columns}%`;
    box.style.height = `${(100 * high) / rows}%`;
    box.style.width = `${(100 * wide) / columns}%`;
  };
  place($("inputBox"), state.row * state.stride - down.before, state.column * state.stride - across.before,
    down.reach, across.reach, height, width);
  place($("outputBox"), state.row, state.column, 1, 1, down.out, across.out);
  if (down.out && across.out) {
    explain();
    lenses(down, across);
  }
  command();
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function command() {
  const matrix = matrices[0].map((row) => row.map((w) => text(w, 9)).join(" ")).join("; ");
  const named = data.kernels[state.kernel];
  const words = ["cnncli convolve", quoted(data.source), "--kernel", quoted(named ? named.name : matrix)];
  if (data.grey) words.push("--grey");
  if (state.channels === "sum" && channels > 1) words.push("--sum");
  if (state.padding !== "same") words.push("--padding", state.padding);
  if (state.stride !== 1) words.push("--stride", state.stride);
  if (state.dilation !== 1) words.push("--dilation", state.dilation);
  if (state.flip) words.push("--flip");
  if (state.bias) words.push("--bias", state.bias);
  if (state.activation) words.push("--activation", state.activation);
  const own = !named && matrices.length > 1;
  $("command").textContent = own
    ? "An edited pair of kernels has no command of its own."
    : `${words.join(" ")} --at ${state.row},${state.column}` + (data.shrunk ? `   # of the picture shrunk to ${height} x ${width}` : "");
}

function refresh() {
  const [down, across] = axes();
  const fits = down.out > 0 && across.out > 0;
  $("error").textContent = fits ? "" : "The window does not fit into the picture: choose another padding.";
  if (!fits) { $("steps").replaceChildren(); $("end").textContent = ""; return; }
  shown = respond();
  const ends = scale(shown.planes);
  paint($("output"), shown.rows, shown.columns, (c, at) => shown.planes[c][at], shown.planes.length, ends);
  const grey = ends[0] === -ends[1] ? ", grey 0" : "";
  $("outputSize").textContent = `${shown.rows} × ${shown.columns}; black ${text(ends[0], 4)}${grey}, white ${text(ends[1], 4)}`;
  const count = groups().length;
  $("shownField").style.display = count > 1 ? "" : "none";
  point();
}

function editors() {
  const box = $("editors");
  box.replaceChildren();
  matrices.forEach((matrix, k) => {
    const grid = element("table", "grid editor");
    matrix.forEach((row, i) => {
      const line = grid.insertRow();
      row.forEach((weight, j) => {
        const input = element("input");
        input.inputMode = "text";
        input.value = text(weight, 9);
        input.title = text(weight, 9);
        input.setAttribute("aria-label", `weight in row ${i}, column ${j}` + (matrices.length > 1 ? ` of kernel ${k + 1}` : ""));
        input.addEventListener("change", () => edit(k, i, j, input));
        line.insertCell().append(input);
      });
    });
    const sides = element("div");
    sides.append(grid);
    box.append(sides);
  });
  $("size").value = matrices[0].length === matrices[0][0].length ? matrices[0].length : "";
  const named = data.kernels[state.kernel];
  $("purpose").textContent = named ? named.purpose : "A kernel of your own";
}

function edit(k, i, j, input) {
  const [over, under] = input.value.split("/").map(Number);
  const value = under === undefined ? over : over / under;
  if (!Number.isFinite(value) || input.value.trim() === "") {
    $("error").textContent = `“${input.value}” is not a number.`;
    input.value = text(matrices[k][i][j], 9);
    return;
  }
  matrices[k][i][j] = value;
  own();
}

function own() {
  state.kernel = -1;
  $("kernel").value = -1;
  $("purpose").textContent = "A kernel of your own";
  refresh();
}

function choose(index) {
  state.kernel = index;
  if (index >= 0) matrices = data.kernels[index].matrices.map((m) => m.map((row) => [...row]));
  editors();
  refresh();
}

function resize(size) {
  matrices = matrices.map((old) => {
    const shift = [(size - old.length) / 2, (size - old[0].length) / 2].map(Math.floor);
    return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) =>
      (old[i - shift[0]] || [])[j - shift[1]] ?? 0));
  });
  state.kernel = -1;
  $("kernel").value = -1;
  editors();
  refresh();
}

function move(rows, columns) {
  state.row += rows; state.column += columns;
  point();
}

let playing = 0; // the timer that slides the window, or 0

function play() {
  if (playing) {
    clearInterval(playing);
    playing = 0;
  } else {
    playing = setInterval(() => {
      const [down, across] = axes();
      const next = state.row * across.out + state.column + 1;
      state.row = Math.floor(next / across.out) % down.out;
      state.column = next % across.out;
      point();
    }, 350);
  }
  $("play").textContent = playing ? "Stop" : "Slide";
  $("play").setAttribute("aria-pressed", String(playing !== 0));
}

function pointing(frame, onto) {
  const to = (event) => {
    const rect = frame.getBoundingClientRect();
    onto((event.clientY - rect.top) / rect.height, (event.clientX - rect.left) / rect.width);
    point();
  };
  frame.addEventListener("pointermove", to);
  frame.addEventListener("pointerdown", to);
  frame.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 10 : 1;
    const steps = { ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by] };
    if (!steps[event.key]) return;
    event.preventDefault();
    move(...steps[event.key]);
  });
}

function start() {
  $("name").textContent = data.name;
  document.documentElement.style.setProperty("--aspect", width / height);
  $("inputSize").textContent = `${height} × ${width} (height × width)` + (data.shrunk ? `, shrunk from ${data.shrunk}` : "");
  data.kernels.forEach((kernel, index) => $("kernel").append(new Option(kernel.name, index)));
  $("kernel").append(new Option("my own", -1));
  $("size").append(new Option("", ""));
  for (const size of [1, 3, 5, 7, 9]) $("size").append(new Option(`${size} × ${size}`, size));
  NAMES.forEach((name, index) => $("shown").append(new Option(name, index)));
  $("channelsField").style.display = channels > 1 ? "" : "none";
  const [low, high] = data.natural;
  paint($("input"), height, width, (c, at) => pixels[at * channels + c], channels, [low, high]);

  $("kernel").value = state.kernel;
  for (const name of ["padding", "stride", "dilation", "bias", "activation", "channels"]) $(name).value = state[name];
  $("flip").checked = state.flip;
  const on = (id, act, type = "change") => $(id).addEventListener(type, act);
  on("kernel", () => choose(Number($("kernel").value)));
  on("size", () => $("size").value && resize(Number($("size").value)));
  for (const name of ["padding", "activation", "channels"]) on(name, () => { state[name] = $(name).value; refresh(); });
  for (const name of ["stride", "dilation"]) {
    on(name, () => {
      state[name] = Math.min(16, Math.max(1, Math.round(Number($(name).value)) || 1));
      $(name).value = state[name];
      refresh();
    });
  }
  on("bias", () => { state.bias = Number($("bias").value) || 0; refresh(); });
  on("flip", () => { state.flip = $("flip").checked; refresh(); });
  on("shown", () => { state.shown = Number($("shown").value); point(); });
  for (const name of ["row", "column"]) on(name, () => { state[name] = Math.round(Number($(name).value)) || 0; point(); });
  on("left", () => move(0, -1), "click"); on("right", () => move(0, 1), "click");
  on("up", () => move(-1, 0), "click"); on("down", () => move(1, 0), "click");
  on("play", play, "click");
  // Whoever opens a part of the arithmetic wants to read it.
  on("steps", () => playing && play(), "focusin");
  pointing($("outputFrame"), (y, x) => {
    state.row = Math.floor(y * shown.rows); state.column = Math.floor(x * shown.columns);
  });
  pointing($("inputFrame"), (y, x) => {
    const [down, across] = axes();
    const onto = (share, a) => Math.round((share * a.size - 0.5 + a.before - (a.reach - 1) / 2) / state.stride);
    state.row = onto(y, down); state.column = onto(x, across);
  });
  choose(state.kernel);
}
start();
