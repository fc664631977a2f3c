"use strict";  // The way to the show and back: what a finger sets is sent, what moves elsewhere is shown.

const REST = 300, AGAIN = 1000, PULSE = 2000, PATIENCE = 3000;  // milliseconds
const GONE = "CONNECTION LOST\nlooking for the show", REFUSED = "REFUSED\nopen the address that the show says now";
const url = (asked) => "/?" + [location.search.slice(1), asked].filter(Boolean).join("&");  // with the token
let socket, reload, faces = {}, held = {}, late = {}, asked = {};  // by address

function send(path, value = null) {
  if (socket?.readyState === 1) socket.send(packet(path, value));
}

function show(path, value) {
  values[path] = value;
  faces[path]?.forEach((draw) => draw());
}

function set(path, value) {  // drawn at once, sent once a frame
  show(path, value);
  if (!(path in asked)) requestAnimationFrame(() => { send(path, asked[path]); delete asked[path]; });
  asked[path] = value;
}

function hear([path, value]) {
  if (path === PLAYING && value && !presetNames().includes(value)) changed();  // one that was just saved
  if (performance.now() < (held[path] ?? 0)) late[path] = value;  // under the finger
  else show(path, value);
}

function connect() {
  socket = new WebSocket(`ws${location.protocol.slice(4)}//${location.host}/${location.search}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({data}) => typeof data === "string" ? changed() : hear(read(data));
  socket.onopen = load;
  socket.onclose = () => lose(GONE);
}

function lose(why) {
  if (why === REFUSED || document.body.className !== "lost") $("#lost").textContent = why;
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
  document.body.className = "lost";
  setTimeout(connect, AGAIN);
}

async function pulse() {  // a network that fails closes no socket
  const before = socket;
  try {
    const answer = await fetch(url("HOST_INFO"), {signal: AbortSignal.timeout(PATIENCE)});
    if (answer.status === 403) lose(REFUSED);
  } catch {
    if (socket === before) lose(GONE);
  }
  setTimeout(pulse, PULSE);
}

function changed() {  // nodes came or went: look again when all are told
  clearTimeout(reload);
  reload = setTimeout(load, REST);
}

async function load() {
  const before = kinds(), mine = socket;
  try {
    await look();
    for (const path of Object.keys(nodes).filter((path) => nodes[path].ACCESS === 3 || path in signals || path.startsWith(MOVES)))
      mine.send(JSON.stringify({COMMAND: "LISTEN", DATA: path}));
    await look();  // what changed before it was listened to
  } catch { return mine === socket && lose(GONE); }
  if (mine !== socket) return;
  if (before !== kinds()) draw();
  Object.values(faces).flat().forEach((draw) => draw());
  document.body.className = "live";
}

async function look() {
  const answer = await fetch(url(""), {headers: {Accept: "application/json"}});
  nodes = {};
  collect(await answer.json());
}
