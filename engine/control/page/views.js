"use strict";  // The pages of the stage: what is played, the presets, the pad.

let axes = ["/motion/x", "/motion/y"];

function play() {
  const macros = parameters().filter((path) => group(path) === "macro");
  return [
    boxed("row mix loud", side("a"), fader("/mix/ab", ""), side("b")),
    boxed("macros loud", ...macros.map((path) => fader(path, `macro ${name(path)}`))),
    boxed("row", button("◀", "/preset/previous"), button("▶", "/preset/next"), button("/2", "/beat/halve"), button("x2", "/beat/double"), button("resync", "/beat/resync")),
  ];
}

function side(letter) {  // takes the look of now; says which look it is
  const box = button(letter.toUpperCase(), `/mix/${letter}`), look = make("small");
  box.append(look);
  watch(`/look/${letter}`, () => { look.textContent = values[`/look/${letter}`] || "–"; });
  return box;
}

function presets() {
  return [boxed("presets", ...presetNames().map(tile))];
}

function tile(name) {
  const box = button("", LOAD, name);
  box.append(make("span", "", name));
  box.style.backgroundImage = `url("${url(`PICTURE=${encodeURIComponent(name)}`)}")`;
  watch(PLAYING, () => box.classList.toggle("on", values[PLAYING] === name));
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
