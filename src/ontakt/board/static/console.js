// The operator's console. board.js fills the places of the page; this asks the line, shows the
// cameras, and passes a held key on. Release, a hidden page, a lost focus or a lost connection stop
// at once; behind that a jog ends by itself.
"use strict";
(() => {
  const NOW_MS = 130; // between two looks; seven a second
  const SLOW_MS = 1000; // where nobody hears
  const JOG_MS = 50; // twenty jogs a second
  const HERE_MS = 250;
  const DEAD_ZONE = 0.15;
  const PLAY_MS = 200;

  const main = document.querySelector("[data-console]");
  if (!main) return;
  const base = main.dataset.console, csrf = main.dataset.csrf, who = main.dataset.who;
  const one = (selector, root = main) => root.querySelector(selector);
  const all = (selector, root = main) => [...root.querySelectorAll(selector)];

  // -- what the line would obey, and what it answered

  function answer(id, text, good) {
    const place = one(`[data-answer="${id}"]`);
    place.dataset.good = good === null ? "" : String(good);
    place.textContent = text;
  }

  function untick() {
    for (const box of all("[data-out]")) box.checked = false;
  }

  async function post(address, fields) {
    const body = new URLSearchParams({ csrf, ...fields });
    const reply = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (reply.status === 401) location.reload();
    return reply.json();
  }

  async function ask(id, fields, name) {
    answer(id, "…", null);
    try {
      const reply = await post(`${base}/ask`, fields);
      const text = reply.error ?? (reply.obeyed ? main.dataset.wordsObeyed : reply.why);
      answer(id, `${name}: ${text}`, reply.obeyed === true);
    } catch {
      answer(id, `${name}: ${main.dataset.wordsLost}`, false);
    }
    look();
  }

  for (const form of all("[data-asks]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = event.submitter ?? one("[data-press]", form);
      if (!button || button.disabled) return;
      const fields = { button: button.value };
      const box = one("[data-out]", form), reason = one("[name=reason]", form);
      const id = form.dataset.asks, name = button.firstChild.textContent;
      if (box) {
        if (!box.checked) return answer(id, main.dataset.wordsTick, false), box.focus();
        fields.out_of_cell = "yes";
      }
      if (reason) {
        fields.reason = reason.value.trim();
        if (!fields.reason) return answer(id, main.dataset.wordsReason, false), reason.focus();
        reason.value = "";
      }
      untick(); // said once, it holds once
      ask(id, fields, name);
    });
  }

  // -- the present

  let looking = false, lookTimer = 0, told = null;

  async function look() {
    if (looking || document.hidden) return;
    looking = true;
    clearTimeout(lookTimer);
    const began = performance.now();
    let pause = NOW_MS;
    try {
      const reply = await fetch(`${base}/now`, { headers: { Accept: "application/json" } });
      if (reply.status === 401) return location.reload();
      if (!reply.ok) throw new Error(reply.statusText);
      told = await reply.json();
      apply(main, told.fields); // of board.js
      offer(told);
      see(told);
      if (told.tick === null && told.buttons.length === 0) pause = SLOW_MS;
    } catch {
      pause = SLOW_MS;
      apply(main, { standing: main.dataset.wordsLost });
      offer({ buttons: [], driver: null });
    } finally {
      looking = false;
      lookTimer = setTimeout(look, Math.max(20, pause - (performance.now() - began)));
    }
  }

  function offer(now) {
    for (const button of all("[data-press]")) {
      const name = button.dataset.press;
      if (name !== "hold" && name !== "stop") button.disabled = !now.buttons.includes(name);
    }
    if (driving && now.driver !== who && performance.now() - since > 1000) stopDriving("", true);
  }

  // -- pictures

  function stage(root, names) {
    if (root.dataset.shown === names.join(" ")) return;
    root.dataset.shown = names.join(" ");
    root.replaceChildren(...names.map((name) => {
      const figure = document.createElement("figure"), image = new Image(), caption = document.createElement("figcaption");
      image.alt = name.replaceAll("_", " ");
      image.dataset.camera = name;
      caption.textContent = image.alt;
      figure.append(image, caption);
      return figure;
    }));
  }

  const address = (camera, tick) => `${base}/picture/${encodeURIComponent(camera)}?tick=${tick}`;
  const shown = []; // when pictures came [ms], for the rate

  function see(now) {
    const live = one("[data-cameras]");
    one("[data-no-pictures]").hidden = now.cameras.length > 0;
    stage(live, now.cameras);
    if (now.tick !== null && live.dataset.tick !== String(now.tick)) {
      live.dataset.tick = now.tick;
      for (const image of all("img", live)) image.src = address(image.dataset.camera, now.tick);
      shown.push(performance.now());
    }
    while (shown.length && shown[0] < performance.now() - 3000) shown.shift();
    write(one("[data-pictures]"), now.tick === null ? "" : `${(shown.length / 3).toFixed(0)}/s`);
    live.dataset.rate = (shown.length / 3).toFixed(1);
    clip(now);
  }

  // -- the last seconds, kept by the board; those before a call, by the shift

  const slider = one("[data-clip-at]");
  let ticks = [], playing = 0;

  function clip(now) {
    one("[data-clip]").hidden = now.clip.length < 2;
    one("[data-no-clip]").hidden = !now.of_call || now.clip.length >= 2;
    one("[data-of-call]").hidden = !now.of_call;
    one("[data-of-now]").hidden = now.of_call;
    if (playing || document.activeElement === slider) return;
    const other = ticks.at(-1) !== now.clip.at(-1);
    ticks = now.clip;
    slider.max = Math.max(0, ticks.length - 1);
    if (other) slider.value = slider.max;
    stage(one("[data-clip-cameras]"), now.clip_cameras);
    frame(now.hz);
  }

  function frame(hz) {
    if (!ticks.length) return;
    const tick = ticks[Math.min(ticks.length - 1, Number(slider.value))];
    for (const image of all("[data-clip-cameras] img")) {
      const wanted = address(image.dataset.camera, tick);
      if (image.getAttribute("src") !== wanted) image.src = wanted;
    }
    write(one("[data-clip-age]"), `−${((ticks[ticks.length - 1] - tick) / hz).toFixed(1)} s`);
  }

  slider.addEventListener("input", () => frame(told?.hz ?? 30));
  one("[data-clip-play]").addEventListener("click", () => {
    clearInterval(playing);
    slider.value = 0;
    playing = setInterval(() => {
      frame(told?.hz ?? 30);
      if (Number(slider.value) >= Number(slider.max)) { clearInterval(playing); playing = 0; return; }
      slider.value = Number(slider.value) + 1;
    }, PLAY_MS);
  });

  // -- hands on the robot: hold to move

  const KEYS = {
    KeyW: "forward", KeyS: "back", KeyA: "left", KeyD: "right", KeyE: "up", KeyQ: "down",
    ArrowLeft: "turn_left", ArrowRight: "turn_right", ArrowUp: "tip_up", ArrowDown: "tip_down",
    BracketLeft: "close", BracketRight: "open",
  };
  const MOVES = { // station frame: velocity x y z, turning x y z, opening
    forward: [1, 0, 0, 0, 0, 0, 0], back: [-1, 0, 0, 0, 0, 0, 0],
    left: [0, 1, 0, 0, 0, 0, 0], right: [0, -1, 0, 0, 0, 0, 0],
    up: [0, 0, 1, 0, 0, 0, 0], down: [0, 0, -1, 0, 0, 0, 0],
    turn_left: [0, 0, 0, 0, 0, 1, 0], turn_right: [0, 0, 0, 0, 0, -1, 0],
    tip_up: [0, 0, 0, 0, -1, 0, 0], tip_down: [0, 0, 0, 0, 1, 0, 0],
    close: [0, 0, 0, 0, 0, 0, -1], open: [0, 0, 0, 0, 0, 0, 1],
  };
  const SPEEDS = { Comma: -1, Period: 1 };
  const STAND = [0, 0, 0, 0, 0, 0, 0];
  const held = new Set(); // moves by key or pad
  let socket = null, driving = false, since = 0, loop = 0, said = 0;
  let moving = ""; // the arm that was told to move and not yet to stand
  let centred = false; // the gamepad has been at rest since it last lost its say

  const choice = (name) => one(`[name=${name}]:checked`).value;
  const moves = (wish) => wish.some((v) => v !== 0);
  const say = (message) => {
    if (socket && socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify(message));
      said = performance.now();
    }
  };

  function choose(side) {
    if (choice("side") === side) return;
    still();
    one(`[name=side][value=${side}]`).checked = true;
  }

  function faster(by) {
    const speeds = all("[name=speed]"), at = speeds.findIndex((radio) => radio.checked);
    speeds[Math.max(0, Math.min(speeds.length - 1, at + by))].checked = true;
  }

  const beyond = (value) => (Math.abs(value ?? 0) < DEAD_ZONE ? 0 : value); // nothing rests at quite 0

  // A stick that is held while somebody takes over, changes the arm, comes back to the window or
  // plugs the pad in has asked for nothing yet: it is heard once all sticks and triggers were at rest.
  function gamepad() {
    const sum = [...STAND];
    for (const pad of navigator.getGamepads ? navigator.getGamepads() : []) {
      if (!pad || !pad.connected || pad.mapping !== "standard") continue;
      const axis = (k) => beyond(pad.axes[k]);
      const press = (k) => beyond(pad.buttons[k]?.value);
      if (press(4)) choose("left");
      if (press(5)) choose("right");
      const parts = [-axis(1), -axis(0), -axis(3), 0, 0, -axis(2), press(7) - press(6)];
      parts.forEach((v, k) => { sum[k] += v; });
    }
    if (!document.hasFocus()) centred = false;
    else if (!moves(sum)) centred = true;
    return centred ? sum : STAND;
  }

  function motion() {
    const sum = [...gamepad()];
    for (const name of held) MOVES[name].forEach((v, k) => { sum[k] += v; });
    return sum.map((v) => Math.max(-1, Math.min(1, v)));
  }

  function tell(side, wish) {
    const mm = Number(choice("speed"));
    const speed = mm / 1000, turn = mm / 120, grip = mm / 2000;
    say({
      say: "jog", at: performance.now(), side,
      velocity: wish.slice(0, 3).map((v) => v * speed),
      turning: wish.slice(3, 6).map((v) => v * turn),
      opening: wish[6] * grip,
    });
    moving = moves(wish) ? side : "";
  }

  function jog() {
    const wish = motion(), side = choice("side"); // a shoulder button may have changed it
    if (moving || moves(wish)) tell(side, wish);
    else if (performance.now() - said >= HERE_MS) say({ say: "here" });
  }

  function still() { // whatever was held is held no more
    held.clear();
    centred = false;
    mark_held();
    if (driving && moving) tell(moving, STAND);
  }

  function startDriving() {
    driving = true;
    since = performance.now();
    moving = "";
    centred = false;
    one("[data-pads]").hidden = false;
    one("[data-let-go]").hidden = false;
    one("[data-take-over]").hidden = true;
    main.dataset.driving = "";
    document.activeElement?.blur?.(); // keys go to the robot, not to a box
    clearInterval(loop);
    loop = setInterval(() => { if (!document.hidden) jog(); }, JOG_MS);
    answer("drive", main.dataset.wordsDriving, true);
    if (innerWidth < 768) one("[data-hands]").scrollIntoView({ block: "start" }); // it has moved up
  }

  function stopDriving(why, tell) {
    if (!driving) return;
    still();
    if (tell) say({ say: "let_go" });
    driving = false;
    clearInterval(loop);
    one("[data-pads]").hidden = true;
    one("[data-let-go]").hidden = true;
    one("[data-take-over]").hidden = false;
    delete main.dataset.driving;
    answer("drive", why || main.dataset.wordsStood, why === "");
    look();
  }

  function takeOver() {
    const address = new URL(`${base}/drive`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(address);
    socket = opened;
    opened.addEventListener("open", () => say({ say: "hello", csrf }));
    opened.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.about === "ready") say({ say: "take_over", out_of_cell: true });
      else if (message.about === "take_over" && message.obeyed) startDriving();
      else if (message.about === "take_over") { answer("drive", message.why, false); opened.close(); }
      else if (message.about === "over") { stopDriving(message.why, false); opened.close(); }
    });
    opened.addEventListener("close", () => {
      if (socket !== opened) return;
      socket = null;
      if (driving) stopDriving(main.dataset.wordsLost, false);
      else if (one('[data-answer="drive"]').textContent === "…") answer("drive", main.dataset.wordsLost, false);
    });
  }

  one("[data-take-over]").addEventListener("click", () => {
    const box = one("[data-hands] [data-out]");
    if (!box.checked) { answer("drive", main.dataset.wordsTick, false); box.focus(); return; }
    untick();
    answer("drive", "…", null);
    takeOver();
  });
  one("[data-let-go]").addEventListener("click", () => stopDriving("", true));
  one("[data-take-away]")?.addEventListener("click", async () => {
    try {
      const reply = await post(`${base}/take-away`, {});
      answer("drive", reply.obeyed ? main.dataset.wordsObeyed : reply.why ?? reply.error, reply.obeyed === true);
    } catch { answer("drive", main.dataset.wordsLost, false); }
    look();
  });

  const typing = (element) => element.matches("input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select");

  addEventListener("keydown", (event) => {
    if (!driving || typing(event.target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return still(); // some systems then tell no release
    if (event.code === "Digit1") choose("left");
    else if (event.code === "Digit2") choose("right");
    else if (SPEEDS[event.code]) faster(SPEEDS[event.code]);
    else if (event.code === "Escape") stopDriving("", true);
    else if (KEYS[event.code]) {
      if (!event.repeat) { held.add(KEYS[event.code]); mark_held(); jog(); }
    } else return;
    event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    if (!KEYS[event.code] || !held.delete(KEYS[event.code])) return;
    mark_held();
    jog();
  });

  function mark_held() {
    for (const button of all("[data-move]")) button.toggleAttribute("data-held", held.has(button.dataset.move));
  }

  for (const button of all("[data-move]")) {
    const name = button.dataset.move;
    const press = (event) => {
      event.preventDefault();
      if (!driving) return;
      held.add(name);
      mark_held();
      jog();
    };
    const release = () => { if (held.delete(name)) { mark_held(); if (driving) jog(); } };
    const pressing = (event) => event.code === "Space" || event.code === "Enter";
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      // A finger is captured by what it touched, like the word on the pad, and never told to leave it.
      const touched = event.target;
      if (touched.hasPointerCapture(event.pointerId)) touched.releasePointerCapture(event.pointerId);
      press(event);
    });
    for (const kind of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(kind, release);
    button.addEventListener("keydown", (event) => { if (pressing(event) && !event.repeat) press(event); });
    button.addEventListener("keyup", (event) => { if (pressing(event)) release(); });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  for (const radio of all("[name=side]")) radio.addEventListener("change", still);
  for (const kind of ["gamepadconnected", "gamepaddisconnected"]) {
    addEventListener(kind, () => { centred = false; if (driving) jog(); });
  }
  addEventListener("blur", still);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stopDriving("", true);
    else look();
  });
  addEventListener("pagehide", () => stopDriving("", true));
  addEventListener("beforeunload", () => stopDriving("", true));

  untick();
  stage(one("[data-cameras]"), main.querySelector("[data-cameras]").dataset.names.split(" ").filter(Boolean));
  look();
})();
