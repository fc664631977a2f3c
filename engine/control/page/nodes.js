"use strict";  // What the show has: its nodes by address, their newest values, and how a fader travels through them.

const POWER = 3;  // as the table's power curve
const BLACKOUT = "/output/blackout", FREEZE = "/output/freeze", FLASH = "/output/flash", STROBE = "/output/strobe";
const PLAYING = "/preset/playing", LOAD = "/preset/load", MOVES = "/moves";  // and a macro's address
let nodes = {}, values = {};

function collect(node) {
  if (node.TYPE) nodes[node.FULL_PATH] = node;
  if (node.VALUE) values[node.FULL_PATH] = node.VALUE[0];
  Object.values(node.CONTENTS ?? {}).forEach(collect);
}

const words = (path) => path.slice(1).replaceAll("_", " ").split("/");
const own = (path) => { const at = words(path).findIndex((word) => /^\d+$/.test(word)); return at < 0 ? -1 : at; };  // where its name begins
const group = (path) => words(path).slice(0, own(path)).join(" ");  // all lanes are one group
const name = (path) => words(path).slice(own(path)).join(" ");
const presetNames = () => nodes[LOAD]?.RANGE[0].VALS ?? [];
const parameters = () => Object.keys(nodes).filter((path) => nodes[path].ACCESS === 3);
const numbers = () => parameters().filter((path) => nodes[path].RANGE[0].MAX !== undefined);
const kinds = () => String([parameters(), presetNames(), "/cue/next" in nodes]);  // what the page is drawn from
const span = (path) => { const {MIN, MAX} = nodes[path].RANGE[0]; return [MIN, MAX - MIN]; };
const bent = (path) => nodes[path].CURVE[0] === "power" ? POWER : 1;
const share = (path) => { const [low, wide] = span(path); return ((values[path] - low) / wide) ** (1 / bent(path)); };

function valueAt(path, share) {
  const [low, wide] = span(path), value = low + wide * Math.min(Math.max(share, 0), 1) ** bent(path);
  return nodes[path].TYPE === "i" ? Math.round(value) : value;
}

function shown(path) {
  const [, wide] = span(path);
  return values[path].toFixed(nodes[path].TYPE === "i" || wide >= 300 ? 0 : wide >= 30 ? 1 : 2);
}
