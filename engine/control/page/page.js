"use strict";  // The page: its tabs, what is always in sight, and the beginning.

const VIEWS = {play, presets, pad, faders};
let view = "play";

function draw() {
  faces = {};
  held = {};
  late = {};
  $("nav").replaceChildren(...Object.keys(VIEWS).map((name) => {
    const tab = make("button", name === view ? "on" : "", name);
    tab.onclick = () => turn(name);
    return tab;
  }));
  $("main").className = view;
  $("main").replaceChildren(...VIEWS[view]());
  $("#cue").hidden = !nodes["/cue/next"];
  for (const [path, draw] of Object.entries(signals)) watch(path, draw);
  for (const [path, key] of Object.entries(lamps)) watch(path, () => $(key).classList.toggle("on", values[path]));
}

function turn(name) {
  view = name;
  opened = sought = "";
  draw();
  $("main").scrollTop = 0;
  $(".tiles .on")?.scrollIntoView({block: "nearest"});
}

const flash = [() => send(FLASH, true), () => send(FLASH, false)];  // each sent: a frame may see both
const lamps = {[BLACKOUT]: "#blackout", [FREEZE]: "#freeze", [FLASH]: "#flash", [STROBE]: "#strobe"};
const signals = {
  "/audio/level": () => { $("#level").style.transform = `scaleX(${values["/audio/level"]})`; },
  "/tempo/bpm": () => { $("#bpm").textContent = values["/tempo/bpm"].toFixed(1); },
  "/bar/phase": () => [...$("#beats").children].forEach((dot, beat) => {
    dot.style.background = Math.floor(values["/bar/phase"] * 4) === beat ? (beat ? "var(--grab)" : "var(--amber)") : "";
  }),
  [PLAYING]: () => { $("#playing").textContent = values[PLAYING]; },
  "/cue/next": showCue, "/cue/song": showCue, "/cue/note": showCue, "/look/a": () => {}, "/look/b": () => {},
};

function showCue() {
  const [next, song, note] = ["next", "song", "note"].map((word) => values[`/cue/${word}`]);
  $("#go i").textContent = next || note;
  $("#go small").textContent = next && [song, note].filter(Boolean).join(" · ");
  $("#go").classList.toggle("missing", Boolean(next) && !presetNames().includes(next));
}

for (const [key, action] of Object.entries({tap: "/beat/tap", go: "/cue/go", back: "/cue/back", panic: "/show/panic", blackout: "/output/dark"}))
  press($(`#${key}`), () => send(action));
for (const [key, path] of Object.entries({freeze: FREEZE, strobe: STROBE}))
  press($(`#${key}`), () => set(path, !values[path]));
press($("#flash"), ...flash);
connect();
pulse();
