"use strict";  // OSC's bytes: a message with one argument, both ways.

const padded = (text) => {
  const bytes = new TextEncoder().encode(text);
  const whole = new Uint8Array((bytes.length >> 2) * 4 + 4);
  whole.set(bytes);
  return whole;
};

function packet(path, value) {
  const tag = value === null ? "I" : typeof value === "boolean" ? (value ? "T" : "F") : typeof value === "string" ? "s" : "f";
  let data = tag === "s" ? padded(value) : new Uint8Array(tag === "f" ? 4 : 0);
  if (tag === "f") new DataView(data.buffer).setFloat32(0, value);
  return new Blob([padded(path), padded("," + tag), data]);
}

function read(buffer) {
  const bytes = new Uint8Array(buffer), view = new DataView(buffer);
  const text = (from) => new TextDecoder().decode(bytes.subarray(from, bytes.indexOf(0, from)));
  const path = text(0), tags = (bytes.indexOf(0) >> 2) * 4 + 4, at = (bytes.indexOf(0, tags) >> 2) * 4 + 4;
  const is = {f: () => view.getFloat32(at), i: () => view.getInt32(at), s: () => text(at), T: () => true, F: () => false};
  return [path, is[text(tags)[1]]()];
}
