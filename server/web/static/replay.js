// Replays a run on the plan: reads replay.json (server/analysis/replay.py) and moves circles and an arrow.
"use strict";

(async () => {
  const player = document.getElementById("player");
  const get = (id) => document.getElementById(id);
  const svg = "http://www.w3.org/2000/svg";
  const caption = get("caption");

  let run;
  try {
    const response = await fetch(player.dataset.source);
    if (!response.ok) throw new Error(String(response.status));
    run = await response.json();
  } catch (error) {
    caption.textContent = player.dataset.failed;
    return;
  }

  const undo = (differences) => {
    const values = new Float64Array(differences.length);
    let sum = 0;
    for (let i = 0; i < differences.length; i += 1) {
      sum += differences[i];
      values[i] = sum / run.pixel;
    }
    return values;
  };
  const resident = run.resident;
  resident.px = undo(resident.x);
  resident.py = undo(resident.y);

  const times = run.crowd.t;
  const crowd = run.crowd.people.map((person) => {
    const circle = document.createElementNS(svg, "circle");
    circle.setAttribute("r", run.radius);
    get("crowd").append(circle);
    return { from: person.i, px: undo(person.x), py: undo(person.y), states: person.s, circle };
  });
  let arrow = null;
  if (resident.px.length) {
    arrow = document.createElementNS(svg, "path");
    arrow.setAttribute("d", run.arrow);
    arrow.setAttribute("fill", "#0017c1");
    arrow.setAttribute("stroke", "#fff");
    arrow.setAttribute("stroke-width", "1.5");
    get("people").append(arrow);
  }
  const layers = [...get("hazards").querySelectorAll("[data-zone]")];

  const scrubber = get("scrubber");
  const clock = get("clock");
  const play = get("play");
  scrubber.max = run.duration;

  const written = (seconds) => {
    const whole = Math.floor(seconds + 1e-6);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };
  const end = written(run.duration);

  const buttons = run.events.map((event) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const when = document.createElement("span");
    button.type = "button";
    when.className = "when";
    when.textContent = written(event.t);
    const what = document.createElement("span");
    what.textContent = event.text;
    button.append(when, what);
    button.addEventListener("click", () => seek(event.t));
    item.append(button);
    get("events").append(item);
    return button;
  });

  const after = (sorted, value) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  let now = 0;
  let last = -1;

  const draw = () => {
    if (arrow) {
      const at = Math.min(Math.max((now - resident.t0) * resident.hz, 0), resident.px.length - 1);
      const i = Math.floor(at);
      const j = Math.min(i + 1, resident.px.length - 1);
      // A jump of more than a metre between samples is a change of floor: no way leads between the two plans.
      const jump = Math.hypot(resident.px[j] - resident.px[i], resident.py[j] - resident.py[i]) > run.radius * 4;
      const part = jump ? 0 : at - i;
      const x = resident.px[i] + (resident.px[j] - resident.px[i]) * part;
      const y = resident.py[i] + (resident.py[j] - resident.py[i]) * part;
      arrow.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${-resident.heading[i]})`);
    }
    const k = Math.max(after(times, now + 1e-6) - 1, 0);
    const span = k + 1 < times.length ? times[k + 1] - times[k] : 1;
    const share = Math.min(Math.max((now - times[k]) / span, 0), 1);
    for (const person of crowd) {
      const i = k - person.from;
      const there = i >= 0 && i < person.px.length;
      person.circle.toggleAttribute("hidden", !there);
      person.circle.setAttribute("display", there ? "inline" : "none");
      if (!there) continue;
      const j = Math.min(i + 1, person.px.length - 1);
      const jump = Math.hypot(person.px[j] - person.px[i], person.py[j] - person.py[i]) > run.radius * 6;
      const part = jump ? 0 : share;
      person.circle.setAttribute("cx", (person.px[i] + (person.px[j] - person.px[i]) * part).toFixed(1));
      person.circle.setAttribute("cy", (person.py[i] + (person.py[j] - person.py[i]) * part).toFixed(1));
      let name = person.states[0][1];
      for (const [from, state] of person.states) if (from <= i) name = state;
      if (person.circle.className.baseVal !== name) person.circle.setAttribute("class", name);
    }
    const second = Math.min(Math.floor(now / run.hazards.step), Math.ceil(run.duration / run.hazards.step));
    if (second !== last) {
      last = second;
      for (const layer of layers) {
        const zone = run.hazards.zones[layer.dataset.zone];
        const values = zone && zone[layer.dataset.kind];
        layer.setAttribute("opacity", values ? values[Math.min(second, values.length - 1)] : 0);
      }
    }
    clock.textContent = `${written(now)} / ${end}`;
    scrubber.value = now;
    scrubber.setAttribute("aria-valuetext", written(now));
    const current = run.events.findLastIndex((event) => event.t <= now + 0.05);
    buttons.forEach((button, i) => {
      if (i === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  };

  const tell = () => {
    const current = run.events.findLastIndex((event) => event.t <= now + 0.05);
    const text = current >= 0 ? `${written(run.events[current].t)} ${run.events[current].text}` : "";
    if (caption.textContent !== text) caption.textContent = text;
  };

  let playing = false;
  let before = 0;
  const speed = get("speed");

  const frame = (stamp) => {
    if (!playing) return;
    now = Math.min(now + ((stamp - before) / 1000) * Number(speed.value), run.duration);
    before = stamp;
    draw();
    tell();
    if (now >= run.duration) setPlaying(false);
    else requestAnimationFrame(frame);
  };
  const setPlaying = (on) => {
    playing = on;
    play.textContent = on ? player.dataset.pause : player.dataset.play;
    if (on) {
      if (now >= run.duration) now = 0;
      before = performance.now();
      requestAnimationFrame(frame);
    }
  };
  const seek = (seconds) => {
    now = Math.min(Math.max(seconds, 0), run.duration);
    draw();
    tell();
  };

  play.addEventListener("click", () => setPlaying(!playing));
  get("back").addEventListener("click", () => seek(now - 5));
  get("forward").addEventListener("click", () => seek(now + 5));
  scrubber.addEventListener("input", () => seek(Number(scrubber.value)));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const on = event.target;
    const typing = on.closest("input:not([type=range]), select, textarea");
    if (typing) return;
    const onControl = on.closest("button, a, summary, input");
    if (event.key === " " && !on.closest("button, a, summary")) setPlaying(!playing);
    else if (event.key === "ArrowLeft" && !onControl) seek(now - 5);
    else if (event.key === "ArrowRight" && !onControl) seek(now + 5);
    else if (event.key === ",") seek(now - 0.1);
    else if (event.key === ".") seek(now + 0.1);
    else if (/^[1-9]$/.test(event.key)) {
      const wanted = run.events[Number(event.key) - 1];
      if (!wanted) return;
      seek(wanted.t);
    } else return;
    event.preventDefault();
  });

  const asked = Number(new URLSearchParams(location.search).get("t"));
  seek(Number.isFinite(asked) ? asked : 0);
  player.dataset.ready = "true";
})();
