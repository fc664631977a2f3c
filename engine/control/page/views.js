"use strict";  // The pages of the stage: what is played, the presets, the pad.

const KEYS = {"◀": "/preset/previous", "▶": "/preset/next", "/2": "/beat/halve", "x2": "/beat/double", "resync": "/beat/resync"};
const BARS = [0, 1, 2, 4, 8, 16, 32, 64], DEVELOPED = 2000;  // milliseconds until a saved preset has its picture
let axes = ["/motion/x", "/motion/y"], sought = "", opened = "";  // words that are looked for; the group that is open

function play() {
  const macros = parameters().filter((path) => group(path) === "macro");
  return [
    boxed("row mix loud", side("a"), fader("/mix/ab", ""), side("b")),
    boxed("row loud", fader("/mix/reaction", "reaction")),
    boxed("macros loud", ...macros.map(macro)),
    boxed("row loud", ...Object.entries(KEYS).map(([text, path]) => key(text, path))),
    boxed("row loud", key("undo", "/edit/undo"), key("redo", "/edit/redo"), toggle("/recording/on", "record")),
  ];
}

function macro(path) {  // says what it moves
  const plain = `macro ${name(path)}`, box = fader(path, plain), moves = MOVES + path;
  watch(moves, () => {
    box.querySelector(".label").lastChild.textContent = values[moves] ? `${name(path)}  ${values[moves]}` : plain;
  });
  return box;
}

function side(letter) {  // takes the look of now; says which look it is
  const box = key(letter.toUpperCase(), `/mix/${letter}`), look = make("small");
  box.append(look);
  watch(`/look/${letter}`, () => { look.textContent = values[`/look/${letter}`] || "–"; });
  return box;
}

function seeker(hint, seek) {
  return field("search", hint, sought, (text) => { sought = text; seek(); });
}

const matches = (text) => sought.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

function presets() {
  const tiles = presetNames().map(tile), [open, form] = saver();
  const seek = () => tiles.forEach((tile) => { tile.hidden = !matches(tile.textContent); });
  seek();
  return [
    boxed("row top", seeker("find", seek), toggle("/preset/shuffle", "shuffle"), open), form,
    boxed("row", every(), morph()),
    boxed("tiles", ...tiles),
  ];
}

function tile(name) {
  const box = make("button"), picture = make("img");
  box.dataset.path = LOAD;
  box.onclick = () => send(LOAD, name);
  picture.onerror = () => { picture.onerror = null; setTimeout(() => { picture.src = picture.src; }, DEVELOPED); };
  picture.src = url(`PICTURE=${encodeURIComponent(name)}`);
  box.append(picture, make("span", "", name));
  watch(PLAYING, () => box.classList.toggle("on", values[PLAYING] === name));
  return box;
}

const PLAIN = {pattern: "[\\p{L}\\p{N} _\\-]*", title: "letters, digits, spaces, - and _"};  // as preset.save takes it

function saver() {  // a key, and what it opens
  const open = make("button", "", "save"), form = make("form", "row top"), keep = make("button");
  const tell = () => { keep.textContent = presetNames().includes(input.value.trim()) ? "replace" : "save"; };
  const input = Object.assign(field("text", "name", "", tell), {required: true, ...PLAIN});
  form.append(input, keep);
  form.hidden = true;
  form.onsubmit = () => { send("/preset/save", input.value.trim()); form.hidden = true; return false; };
  open.onclick = () => { form.hidden = !form.hidden; input.value = values[PLAYING]; tell(); input.select(); };
  return [open, form];
}

function morph() {
  const box = fader("/preset/morph", "morph"), unit = box.querySelector(".number small");
  watch("/preset/morph_in", () => { unit.textContent = values["/preset/morph_in"]; });
  return box;
}

function every() {  // presets that come by themselves
  const path = "/preset/every", select = choice(BARS, "", told);
  select.dataset.path = path;
  select.onchange = () => set(path, Number(select.value));
  watch(path, () => {
    if (![...select.options].some(({value}) => Number(value) === values[path])) select.add(new Option(told(values[path]), values[path]));
    select.value = values[path];
  });
  return select;
}

const told = (bars) => bars === 0 ? "by hand" : bars === 1 ? "every bar" : `every ${bars} bars`;

function faders() {
  const rows = parameters().map((path) => control(path)), groups = [...new Set(parameters().map(group))];
  const open = (group) => { opened = group; seek(); $("main").scrollTop = 0; };
  const tiles = boxed("groups", ...groups.map((group) => leaf(group, () => open(group)))), back = leaf("", () => open(""));
  const seek = () => {
    back.textContent = `‹ ${opened}`;
    back.hidden = !opened || Boolean(sought);
    tiles.hidden = Boolean(opened || sought);
    $("main").classList.toggle("mixed", Boolean(sought));
    for (const row of rows) row.hidden = !(sought ? matches(said(row)) : group(row.dataset.path) === opened);
  };
  seek();
  return [boxed("row top", back, seeker("find a fader", seek)), tiles, ...rows];
}

const said = (row) => `${row.querySelector(".label").textContent} ${row.title}`;  // its name and its sentence

function leaf(text, open) {
  const box = make("button", "", text);
  box.onclick = open;
  return box;
}

function pad() {
  axes = axes.map((path, axis) => numbers().includes(path) ? path : numbers()[axis]);
  const box = boxed("", make("i")), dot = box.firstChild;
  const down = /(^|[/_])y$/.test(axes[1]);  // y grows downwards, as on the wall
  const upright = (y) => down ? y : 1 - y;
  box.id = "pad";
  drag(box, axes, (event) => {
    const {left, top, width, height} = box.getBoundingClientRect();
    set(axes[0], valueAt(axes[0], (event.clientX - left) / width));
    set(axes[1], valueAt(axes[1], upright((event.clientY - top) / height)));
  });
  watch(axes[0], () => { dot.style.left = `${100 * share(axes[0])}%`; });
  watch(axes[1], () => { dot.style.top = `${100 * upright(share(axes[1]))}%`; });
  return [box, boxed("row axes", ...axes.map(axisChoice))];
}

function axisChoice(path, axis) {
  const select = choice(numbers(), path, (path) => `${"XY"[axis]}  ${group(path)} ${name(path)}`);
  select.onchange = () => { axes[axis] = select.value; draw(); };
  return select;
}
