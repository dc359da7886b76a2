// The board's script: it puts what the server says into the places of the page, counts seconds
// between two messages, and says so loudly when the messages stop. It makes no sentence itself.
"use strict";

const BEAT_LOST_MS = 5000; // two heartbeats and a half
const RETRY_MS = 1000;
const REFRESH_MS = 2000; // tables are fetched anew at most this often
const EVENTS_KEPT = 200;
const TELLING = /^(CycleEnded|FailureDetected|Call|PictureTaken|ShiftEnded|StateChanged)/;
const SETTABLE = /^(class|hidden|title|width|height|y|data-[a-z]+)$/; // never an address or a script

const body = document.body;
let ahead = 0; // the server's clock less ours [ms]
let heard = performance.now();
let last = ""; // id of the last event, for a connection that we open anew ourselves
let source = null;
let refreshing = 0;

const now = () => Date.now() + ahead;

// As telling.py writes them.
function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function left(seconds) {
  const late = seconds < 0;
  const whole = late ? Math.floor(-seconds) : Math.ceil(seconds);
  const text = whole < 100 ? String(whole) : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return late ? `+${text}` : text;
}

function write(element, text) {
  // An unchanged place stays untouched, so that a screen reader does not read it again.
  if (element.textContent !== text) element.textContent = text;
}

function mark(element, attribute, value) {
  if (!SETTABLE.test(attribute)) return;
  if (value === null) element.removeAttribute(attribute);
  else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
}

function place(root, name) {
  if (root.dataset.f === name) return [root];
  return root.querySelectorAll(`[data-f="${CSS.escape(name)}"]`);
}

function apply(root, fields) {
  for (const [key, value] of Object.entries(fields)) {
    const [name, attribute] = key.split("@");
    for (const element of place(root, name)) {
      if (attribute) mark(element, attribute, value);
      else write(element, value ?? "");
    }
  }
}

function onWall(message) {
  const walls = [...document.querySelectorAll("[data-wall]")];
  const root = walls.length > 1 || body.querySelector(".tiles")
    ? walls.find((wall) => wall.dataset.shift === message.shift)
    : walls[0];
  if (!root) return;
  apply(root, message.fields);
  // The wall goes on with the next shift; its links go with it.
  for (const link of document.querySelectorAll("[data-shift-link]")) {
    const tail = link.dataset.shiftLink === "/report/" ? "/" : "";
    link.href = link.dataset.shiftLink + encodeURIComponent(message.shift) + tail;
  }
  count();
}

function onRecord(message) {
  const list = document.getElementById("events");
  if (!list || list.querySelector(`[data-seq="${message.seq}"]`)) return;
  const item = document.createElement("li");
  item.dataset.seq = message.seq;
  for (const [tag, text] of [["time", message.time], ["b", message.kind], ["span", message.text]]) {
    const part = document.createElement(tag);
    part.textContent = text;
    item.append(part, " ");
  }
  list.prepend(item);
  while (list.children.length > EVENTS_KEPT) list.lastChild.remove();
  if (TELLING.test(message.kind)) refresh();
}

function onBeat(message) {
  ahead = message.now - Date.now();
  for (const element of document.querySelectorAll("[data-clock]")) write(element, message.clock);
  if (message.version !== body.dataset.version) location.reload(); // the board was upgraded
}

// Fetch the page again and put its tables in the place of ours.
function refresh() {
  if (refreshing) return;
  refreshing = setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of document.querySelectorAll("[data-part]")) {
          const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
          if (fresh) part.replaceChildren(...fresh.childNodes);
        }
      }
    } catch { /* the connection is away; the stream says so and comes back */ }
    refreshing = 0;
  }, REFRESH_MS);
}

function count() {
  const at = now();
  for (const element of document.querySelectorAll("[data-count][data-at]")) {
    const seconds = (at - Number(element.dataset.at)) / 1000;
    if (element.dataset.count === "up") write(element, span(seconds));
    else {
      write(element, left(-seconds));
      element.toggleAttribute("data-late", seconds > 0);
    }
  }
  for (const bar of document.querySelectorAll("[data-bar][data-from]")) {
    const from = Number(bar.dataset.from), to = Number(bar.dataset.to);
    bar.setAttribute("width", Math.min(100, Math.max(0, (100 * (at - from)) / (to - from))).toFixed(1));
  }
  watch();
}

function watch() {
  if (!body.dataset.stream) return;
  const silent = performance.now() - heard > BEAT_LOST_MS;
  if (silent === body.hasAttribute("data-unlinked")) return;
  body.toggleAttribute("data-unlinked", silent);
  const note = document.querySelector(".lost-link");
  note.hidden = !silent;
  note.textContent = silent ? note.dataset.linkText : "";
}

function connect() {
  if (!body.dataset.stream) return;
  const address = new URL(body.dataset.stream, location.href);
  if (last) address.searchParams.set("after", last);
  source = new EventSource(address);
  const on = (kind, act) => source.addEventListener(kind, (event) => {
    heard = performance.now();
    if (event.lastEventId) last = event.lastEventId;
    act(JSON.parse(event.data));
    watch();
  });
  on("wall", onWall);
  on("record", onRecord);
  on("beat", onBeat);
  on("fresh", () => location.reload());
  source.addEventListener("error", () => {
    // A browser comes back by itself where the connection broke, and gives up where it was refused.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(async () => {
      const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
      if (answer && answer.redirected) location.reload(); // to the login
      else connect();
    }, RETRY_MS);
  });
}

// A cycle's page: film, timeline and events go together.
function film() {
  const video = document.querySelector("video"), drawing = document.querySelector(".timeline");
  if (!video || !drawing) return;
  const head = drawing.querySelector(".playhead");
  const { seconds, first, last: end } = drawing.dataset;
  const seek = (to) => { video.currentTime = Math.max(0, to); };
  const follow = () => {
    const x = Number(first) + ((Number(end) - Number(first)) * video.currentTime) / Number(seconds);
    head.removeAttribute("hidden");
    head.setAttribute("transform", `translate(${x.toFixed(1)} 0)`);
    for (const button of document.querySelectorAll("[data-seek]")) {
      button.closest("li").toggleAttribute("data-past", Number(button.dataset.seek) <= video.currentTime);
    }
  };
  for (const kind of ["timeupdate", "seeked"]) video.addEventListener(kind, follow);
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => seek(Number(button.dataset.seek)));
  }
  drawing.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 1000;
    seek(((x - Number(first)) / (Number(end) - Number(first))) * Number(seconds));
  });
}

connect();
film();
count();
setInterval(count, 250);
