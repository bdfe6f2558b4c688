// Moves the live plans: reads the day's picture as server-sent events (server/live/sse.py), five a second.
"use strict";

(() => {
  const room = document.getElementById("live");
  const link = document.getElementById("link");
  if (!room) return;
  const svg = "http://www.w3.org/2000/svg";
  const AGAIN_MS = 5000;

  const clock = (seconds) => {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };
  // As water_opacity and smoke_opacity of server/web/svg/scene.py.
  const water = (depth) => (depth <= 0 ? 0 : 0.16 + 0.54 * Math.min(depth, 1));
  const smoke = (extinction, edge, z) =>
    0.75 * Math.min(extinction / 3, 1) * Math.min(Math.max((3 - (edge - z)) / 3, 0), 1);
  const dot = (state) => (state === 3 ? "dot-safe" : state === 4 ? "dot-down" : "dot-crowd");

  const stations = new Map();
  for (const section of room.querySelectorAll("[data-station]")) {
    const holder = section.querySelector("[data-setup]");
    stations.set(section.dataset.station, {
      section,
      setup: holder ? JSON.parse(holder.dataset.setup) : null,
      crowd: holder ? holder.querySelector(".crowd") : null,
      me: holder ? holder.querySelector(".me") : null,
    });
  }

  const show = (section, name, value) => {
    for (const one of section.querySelectorAll(`[data-${name}]`)) one.hidden = one.dataset[name] !== String(value);
  };
  const tell = (section, name, text) => {
    const place = section.querySelector(`[data-fact="${name}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  };

  const place = (setup, floor, x, y) => {
    const at = setup.floors[floor] || Object.values(setup.floors)[0];
    return [at[0] + x * setup.scale, at[1] - y * setup.scale];
  };

  const draw = (one, live) => {
    const { setup } = one;
    const [x, y] = place(setup, live.floor, live.x, live.y);
    one.me.setAttribute("display", "inline");
    one.me.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${((-live.yaw * 180) / Math.PI).toFixed(0)})`);
    const n = live.crowd.length / 4;
    while (one.crowd.childElementCount > n) one.crowd.lastElementChild.remove();
    while (one.crowd.childElementCount < n) {
      const circle = document.createElementNS(svg, "circle");
      circle.setAttribute("r", setup.radius);
      one.crowd.append(circle);
    }
    for (let i = 0; i < n; i += 1) {
      const [cx, cy] = place(setup, live.crowd[4 * i + 2], live.crowd[4 * i] / 100, live.crowd[4 * i + 1] / 100);
      const circle = one.crowd.children[i];
      circle.setAttribute("cx", cx.toFixed(1));
      circle.setAttribute("cy", cy.toFixed(1));
      circle.setAttribute("class", dot(live.crowd[4 * i + 3]));
    }
    const dense = {};
    for (const [id, hazard] of Object.entries(setup.hazards)) {
      const values = live.hazards[id];
      if (!values) continue;
      hazard.zones.forEach(([zone, z], i) => {
        const key = `${hazard.kind} ${zone}`;
        const seen = hazard.kind === "water" ? water(values[0] - z) : smoke(values[4 * i + 1] || 0, values[4 * i] || 0, z);
        dense[key] = Math.max(dense[key] || 0, seen);
      });
    }
    for (const path of one.section.querySelectorAll("[data-zone]")) {
      path.setAttribute("opacity", (dense[`${path.dataset.kind} ${path.dataset.zone}`] || 0).toFixed(3));
    }
  };

  const take = (picture) => {
    for (const station of picture.stations) {
      const one = stations.get(station.id);
      if (!one) continue;
      let state = station.state ? station.state.state : "idle";
      if (!station.connected) state = "absent";
      else if (station.stale) state = "stale";
      show(one.section, "state", state);
      const { live } = station;
      if (!live) continue;
      show(one.section, "level", live.warning_level);
      tell(one.section, "time", clock(live.t_s));
      tell(one.section, "depth", `${live.depth_m.toFixed(2)} m`);
      tell(one.section, "smoke", `${live.extinction_per_m.toFixed(2)} /m`);
      tell(one.section, "crowd", String(live.crowd.length / 4));
      if (one.setup) draw(one, live);
    }
    room.dataset.at = picture.at;
  };

  const watch = () => {
    const source = new EventSource(room.dataset.source);
    source.addEventListener("message", (event) => {
      take(JSON.parse(event.data));
      if (link.textContent !== link.dataset.open) link.textContent = link.dataset.open;
    });
    source.addEventListener("error", () => {
      link.textContent = link.dataset.lost;
      // A line that breaks is mended by the browser; an answer such as "busy" is not.
      if (source.readyState === EventSource.CLOSED) setTimeout(watch, AGAIN_MS);
    });
  };
  watch();
})();
