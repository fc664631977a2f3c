"use strict";  // What a finger moves: faders, switches, menus, keys. Each shows its address's newest value.

const $ = (selector) => document.querySelector(selector);
const make = (tag, name = "", text = "") => Object.assign(document.createElement(tag), {className: name, textContent: text});

function watch(path, draw) {
  (faces[path] ??= []).push(draw);
  if (path in values) draw();
}

function control(path, label = name(path)) {
  const {RANGE: [{MAX}], TYPE} = nodes[path];
  return (MAX !== undefined ? fader : TYPE === "s" ? menu : toggle)(path, label);
}

function named(box, path, label) {  // its group stands before it only where there are others
  box.append(boxed("label", make("small", "of", group(path)), label));
  box.dataset.path = path;
  box.title = nodes[path].DESCRIPTION;
  return box;
}

function fader(path, label) {
  const box = make("div", "fader"), bar = make("i", "bar"), mark = make("i", "mark");
  const number = make("span", "number"), unit = make("small", "", nodes[path].UNIT?.[0].replace("angle.degree", "°").replace(/.*\./, "") ?? "");
  box.append(bar, mark);
  named(box, path, label).append(number);
  const zero = () => { const [low, wide] = span(path); return Math.min(Math.max(-low / wide, 0), 1) ** (1 / bent(path)); };
  watch(path, () => {
    const [from, to] = [zero(), share(path)].sort((a, b) => a - b);
    bar.style.left = `${100 * from}%`;
    bar.style.width = `${100 * (to - from)}%`;
    mark.style.left = `${100 * share(path)}%`;
    number.replaceChildren(shown(path), unit);
  });
  drag(box, [path], (event, begun) => {  // moved on from where it is: a touch makes no jump
    set(path, valueAt(path, begun.shares[0] + (event.clientX - begun.x) / box.clientWidth));
  });
  return box;
}

function drag(box, paths, move) {  // by one finger; others have other boxes
  let begun = null;
  const hold = (until) => { for (const path of paths) held[path] = until; };
  box.onpointerdown = (event) => {
    if (begun) return;
    box.setPointerCapture(event.pointerId);
    begun = {finger: event.pointerId, x: event.clientX, shares: paths.map(share)};
    box.classList.add("held");
    hold(Infinity);
    if (paths.length > 1) move(event, begun);
  };
  box.onpointermove = (event) => event.pointerId === begun?.finger && move(event, begun);
  box.onlostpointercapture = () => {
    begun = null;
    box.classList.remove("held");
    hold(performance.now() + REST);
    setTimeout(() => paths.forEach(settle), REST);
  };
}

function settle(path) {  // what was heard last while the finger was there
  if (!(path in late) || held[path] === Infinity) return;
  show(path, late[path]);
  delete late[path];
}

function toggle(path, label) {
  const box = named(make("button", "switch"), path, label);
  if (path === FLASH) press(box, ...flash);
  else box.onclick = () => set(path, !values[path]);
  watch(path, () => box.classList.toggle("on", values[path]));
  return box;
}

function menu(path, label) {
  const box = named(make("label", "menu"), path, label), select = choice(nodes[path].RANGE[0].VALS, values[path]);
  select.onchange = () => set(path, select.value);
  watch(path, () => { select.value = values[path]; });
  box.append(select);
  return box;
}

function choice(words, chosen, write = (word) => word) {
  const select = make("select");
  select.append(...words.map((word) => new Option(write(word), word, false, word === chosen)));
  return select;
}

function key(text, path) {
  const box = make("button", "", text);
  box.dataset.path = path;
  press(box, () => send(path));
  return box;
}

function field(kind, hint, value, input) {
  const box = Object.assign(make("input"), {type: kind, placeholder: hint, value, autocomplete: "off", spellcheck: false, maxLength: 60});
  box.oninput = () => input(box.value);
  box.onkeydown = (event) => kind === "search" && event.key === "Enter" && box.blur();  // the keyboard goes
  return box;
}

function boxed(name, ...parts) {
  const box = make("div", name);
  box.append(...parts);
  return box;
}

// It acts as it is touched: no browser makes a click of a second finger.
function press(box, begin, end) {
  box.onpointerdown = (event) => { box.setPointerCapture(event.pointerId); box.classList.add("hit"); begin(); };
  box.onlostpointercapture = () => { box.classList.remove("hit"); end?.(); };
}
