"use strict";  // The page: its tabs, what is always in sight, and the beginning.

const VIEWS = {play, presets, pad};
let view = "play";

function draw() {
  faces = {};
  held = {};
  late = {};
  const groups = [...Object.keys(VIEWS), ...new Set(parameters().map(group))];
  if (!groups.includes(view)) view = "play";
  $("nav").replaceChildren(...groups.map((group) => {
    const tab = make("button", group === view ? "on" : "", group);
    tab.onclick = () => { view = group; $("main").scrollTop = 0; draw(); };
    return tab;
  }));
  $("main").replaceChildren(...(VIEWS[view]?.() ?? parameters().filter((path) => group(path) === view).map((path) => control(path))));
  for (const chosen of document.querySelectorAll("nav .on, .presets .on")) chosen.scrollIntoView({inline: "center", block: "center"});
  $("#cue").hidden = !nodes["/cue/next"];
  for (const [path, draw] of Object.entries(signals)) watch(path, draw);
  for (const [path, key] of Object.entries(lamps)) watch(path, () => $(key).classList.toggle("on", values[path]));
}

const flash = [() => send(FLASH, true), () => send(FLASH, false)];  // each sent: a frame may see both
const lamps = {[BLACKOUT]: "#blackout", [FREEZE]: "#freeze", [FLASH]: "#flash", [STROBE]: "#strobe"};
const signals = {
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
