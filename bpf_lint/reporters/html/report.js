"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { findings, rules, steps, files } = data;
  const byId = new Map(findings.map((one) => [one.id, one]));
  const $ = (id) => document.getElementById(id);
  const FILTERS = ["severity", "rule", "mode", "program"];
  const LASTING = ["q", "by", ...FILTERS];
  const AROUND = 5;

  // Elements hold text and attributes of our own only: nothing is ever parsed as markup.
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "click") element.addEventListener("click", value);
      else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  // --- state, kept in the address -------------------------------------------------------------
  const state = new URLSearchParams();

  function readAddress() {
    for (const key of [...state.keys()]) state.delete(key);
    for (const [key, value] of new URLSearchParams(location.hash.slice(1))) state.set(key, value);
  }

  function address(changes) {
    const next = new URLSearchParams(state);
    for (const [key, value] of Object.entries(changes)) {
      if (value === "" || value === null) next.delete(key);
      else next.set(key, value);
    }
    return `#${next}`;
  }

  // Rows are drawn once for a choice of filters: nothing of another view may stay in their links.
  function toFinding(id) {
    const elsewhere = Object.fromEntries([...state.keys()].filter((key) => !LASTING.includes(key)).map((key) => [key, ""]));
    return address({ ...elsewhere, finding: id });
  }

  function go(changes, quietly = false) {
    const next = address(changes);
    if (quietly) location.replace(next);
    else location.hash = next;
    readAddress(); // the next key may come before the page is drawn
  }

  // --- the list -------------------------------------------------------------------------------
  const haystacks = new Map();

  function haystack(one) {
    if (!haystacks.has(one)) {
      const words = [one.path, one.function, one.fact, one.message, one.rule, one.fingerprint];
      for (const way of one.ways) words.push(way.label, way.origin, ...way.configurations);
      haystacks.set(one, words.join("\n").toLowerCase());
    }
    return haystacks.get(one);
  }

  function values(one, key) {
    return key === "mode" ? one.modes : key === "program" ? one.programs : [one[key]];
  }

  function matching() {
    const words = (state.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    return findings.filter((one) =>
      FILTERS.every((key) => !state.get(key) || values(one, key).includes(state.get(key))) &&
      words.every((word) => haystack(one).includes(word)));
  }

  function groups(shown) {
    const by = state.get("by") || "cause";
    const found = new Map();
    for (const one of shown) {
      for (const [key, title] of headings(one, by)) {
        if (!found.has(key)) found.set(key, { title, members: [] });
        found.get(key).members.push(one);
      }
    }
    const all = [...found.entries()];
    if (by !== "cause") all.sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return all.map(([, group]) => group);
  }

  function headings(one, by) {
    if (one.cause < 0 && by === "cause") return [["unknown", "Not judged: of unknown origin"]];
    if (by === "cause") return [[one.cause, one.fact]];
    if (by === "file") return [[one.path, one.path]];
    const names = values(one, by);
    return (names.length ? names : ["none"]).map((name) => [name, name]);
  }

  function row(one) {
    return make("li", {}, make("a", { href: toFinding(one.id), "data-id": one.id },
      make("span", { class: `severity ${kind(one)}` }, `${one.severity} `),
      make("span", {}, one.fact),
      make("small", {}, `${one.path}:${one.line} in ${one.function} · ${one.rule}${one.modes.length ? " · " : ""}${one.modes.join(", ")}`)));
  }

  // A cause with one finding: its row says all.
  function isPlain(group) {
    return group.members.length === 1 && !state.get("by") && group.members[0].cause >= 0;
  }

  function kind(one) {
    return ["error", "warning", "note"].includes(one.severity) ? one.severity : "note";
  }

  let drawn = "";
  let order = [];

  function drawList() {
    const key = ["q", "by", ...FILTERS].map((name) => state.get(name) || "").join("\n");
    if (key !== drawn || !order.length) {
      drawn = key;
      const shown = matching();
      const all = groups(shown);
      order = [...new Set(all.flatMap((group) => group.members))];
      $("list").replaceChildren(...all.map((group) => make("section", {},
        isPlain(group) ? null : make("h3", {}, `${group.title} (${group.members.length})`),
        make("ul", {}, ...group.members.map(row)))));
      $("count").textContent = shown.length === findings.length
        ? `${findings.length} findings` : `${shown.length} of ${findings.length} findings`;
    }
    for (const link of $("list").querySelectorAll('[aria-current="true"]')) link.removeAttribute("aria-current");
    const id = state.get("finding");
    const chosen = [...$("list").querySelectorAll("a")].filter((link) => link.dataset.id === id);
    for (const link of chosen) link.setAttribute("aria-current", "true");
    if (chosen.length) chosen[0].scrollIntoView({ block: "nearest" });
  }

  // --- one finding ----------------------------------------------------------------------------
  function wayOf(one) {
    const at = Number(state.get("way") || 0);
    return one.ways[at] || one.ways[0] || null;
  }

  // The packet's steps, then those of the number: what n and p go along.
  function walk(way) {
    return way ? [...way.steps, ...(way.origin_steps || [])] : [];
  }

  function stepList(numbers, from, current, choose) {
    return make("ol", { class: "steps", start: String(from + 1) }, ...numbers.map((number, at) => {
      const [, path, line, , text] = steps[number];
      const chosen = from + at === current;
      return make("li", {}, make("button", {
        type: "button", "aria-current": chosen ? "step" : null, click: () => choose(from + at),
      }, make("span", { class: "at" }, path ? `${path.split("/").pop()}:${line}` : "(kernel)"), text));
    }));
  }

  function source(way, current, path, line) {
    const windows = files[path];
    if (!windows) return make("p", { class: "facts" }, `No source of ${path || "the kernel"}.`);
    const numbers = new Map();
    walk(way).forEach((number, at) => {
      const [, where, on] = steps[number];
      if (where === path) numbers.set(on, [...(numbers.get(on) || []), at + 1]);
    });
    const pre = make("pre", { tabindex: "0", "aria-label": `Source of ${path}` });
    let last = 0;
    for (const [first, texts] of windows) {
      texts.forEach((text, offset) => {
        const number = first + offset;
        const near = Math.abs(number - line) <= AROUND ||
          [...numbers.keys()].some((on) => Math.abs(number - on) <= 1);
        if (!near) return;
        if (last && number !== last + 1) pre.append(make("span", { class: "gap" }, "⋮"));
        last = number;
        const tags = (numbers.get(number) || []).join(",");
        const here = number === line;
        pre.append(make("span", {
          class: `line${tags ? " on-path" : ""}${here ? " here" : ""}`, "data-here": here ? "1" : null,
        }, make("span", { class: "tag" }, tags), make("span", { class: "number" }, String(number)), text || " ", "\n"));
      });
    }
    return make("figure", { class: "source" },
      make("figcaption", {}, make("code", {}, `${path}:${line}`),
        current ? ` — step ${current}: ${steps[walk(way)[current - 1]][4]}` : ""), pre);
  }

  function told(title, text) {
    return text ? [make("h3", {}, title), make("p", {}, text)] : [];
  }

  function waysOf(one, way, choose) {
    if (one.ways.length < 2) return [];
    return [make("div", { class: "ways", role: "group", "aria-label": "Where it holds" }, ...one.ways.map((each, at) =>
      make("button", { type: "button", "aria-pressed": String(each === way), click: () => choose(at) }, each.label)))];
  }

  function context(way) {
    const rows = [`${way.label}; configuration ${way.configurations.join(", ")}`];
    if (way.described) rows.push(way.described);
    if (way.tested) rows.push(`The path tests ${way.tested}.`);
    if (way.defined) rows.push(`Defined there: ${way.defined}.`);
    for (const text of way.assumed || []) rows.push(`Assumed: ${text}.`);
    return rows.map((text) => make("p", {}, text));
  }

  // A copy of a drawing: its ids are those of the original, but for the arrow's head.
  function copied(name) {
    const original = $(name) && $(name).querySelector("svg");
    if (!original) return null;
    const copy = original.cloneNode(true);
    copy.removeAttribute("aria-labelledby");
    copy.setAttribute("aria-label", original.querySelector("desc").textContent);
    for (const element of copy.querySelectorAll("title, desc")) element.remove();
    copy.querySelector("marker").id = `${name}-copied`;
    for (const way of copy.querySelectorAll("[marker-end]")) way.setAttribute("marker-end", `url(#${name}-copied)`);
    return make("figure", { class: "journey" },
      make("div", { class: "drawing", tabindex: "0", role: "group", "aria-label": `Drawing ${name.slice(1)}, copied` }, copy),
      make("figcaption", {}, make("a", { href: `#view=journeys&journey=${name}` }, "among the journeys")));
  }

  function journeysOf(one) {
    const drawings = (one.journeys || []).slice(0, 3).map(copied).filter(Boolean);
    return drawings.length ? [make("h3", {}, "Journey"), ...drawings] : [];
  }

  const ENDS = ["mode", "start", "end"];

  function endOptions() {
    for (const key of ENDS) {
      const all = new Set([...document.querySelectorAll(".ways-of")].map((each) => each.dataset[key]));
      $(`journey-${key}`).replaceChildren(make("option", { value: "" }, "all"),
        ...[...all].filter(Boolean).sort().map((value) => make("option", { value }, value)));
    }
  }

  function drawJourneys() {
    const broken = state.get("broken") === "1";
    for (const key of ENDS) $(`journey-${key}`).value = state.get(`j-${key}`) || "";
    $("journey-broken").checked = broken;
    let shown = 0;
    for (const group of document.querySelectorAll(".ways-of")) {
      const fits = ENDS.every((key) => !state.get(`j-${key}`) || group.dataset[key] === state.get(`j-${key}`));
      let own = 0;
      for (const each of group.querySelectorAll(".journey")) {
        each.hidden = !fits || (broken && !each.classList.contains("broken"));
        each.classList.toggle("chosen", each.id === state.get("journey"));
        own += Number(!each.hidden);
      }
      group.hidden = !own;
      shown += own;
    }
    const all = document.querySelectorAll(".ways-of .journey").length;
    $("journeys-count").textContent = all ? `${shown} of ${all} journeys` : "No journeys were drawn.";
    const chosen = document.querySelector(".ways-of .chosen");
    if (chosen && !$("journeys").hidden) chosen.scrollIntoView({ block: "nearest" });
  }

  function siblings(one) {
    const others = one.cause < 0 ? [] : findings.filter((each) => each.cause === one.cause && each !== one);
    if (!others.length) return [];
    return [make("h3", {}, "Same cause"), make("ul", {}, ...others.slice(0, 50).map((each) => make("li", {},
      make("a", { href: toFinding(each.id) }, `${each.path}:${each.line}`),
      ` ${each.fact} (${each.rule})`))), ...(others.length > 50 ? [make("p", {}, `and ${others.length - 50} more`)] : [])];
  }

  function ruleLink(name) {
    const rule = rules[name] || { title: "", page: "" };
    const text = `${name}${rule.title ? ` (${rule.title})` : ""}`;
    return /^https?:/.test(rule.page) ? make("a", { href: rule.page, rel: "noreferrer" }, text) : text;
  }

  function detail(one, way, current, choose, level = "h2") {
    const walked = walk(way);
    const at = current ? steps[walked[current - 1]] : null;
    const pick = (step) => choose({ step: String(step + 1) });
    const parts = [
      make(level, {}, make("span", { class: `severity ${kind(one)}` }, `${one.severity}: `), one.fact),
      make("p", { class: "facts" }, make("code", {}, `${one.path}:${one.line}:${one.column}`),
        ` in ${one.function} · `, ruleLink(one.rule), ` · confidence ${one.confidence}`),
      make("p", {}, one.message),
      source(way, current, at ? at[1] : one.path, at ? at[2] : one.line),
    ];
    if (way) {
      parts.push(make("h3", {}, "Path of the packet"), stepList(way.steps, 0, current - 1, pick));
      if (way.origin) parts.push(make("h3", {}, "Where the number comes from"), make("p", {}, way.origin));
      if ((way.origin_steps || []).length) parts.push(stepList(way.origin_steps, way.steps.length, current - 1, pick));
      parts.push(make("h3", {}, "At"), ...waysOf(one, way, (number) => choose({ way: String(number), step: "" })), ...context(way));
    }
    parts.push(...told("Suggestion", one.suggestion), ...told("Done right", way && way.right), ...journeysOf(one), ...siblings(one),
      make("p", { class: "facts" }, "fingerprint ", make("code", {}, one.fingerprint)));
    return make("div", { class: "detail" }, ...parts);
  }

  function drawDetail() {
    const one = byId.get(state.get("finding"));
    document.body.dataset.pane = one ? "detail" : "list";
    if (!one) {
      const hint = findings.length ? "Choose a finding." : "Nothing was found in what was judged.";
      $("detail").replaceChildren(make("p", { class: "facts" }, hint));
      return;
    }
    const way = wayOf(one);
    const most = walk(way).length;
    const current = Math.min(Math.max(Number(state.get("step")) || 0, 0), most);
    const before = $("detail").dataset.id === one.id ? $("detail").scrollTop : 0;
    const focused = document.activeElement && document.activeElement.closest(".steps") !== null;
    $("detail").dataset.id = one.id;
    $("detail").replaceChildren(
      make("a", { class: "back", href: address({ finding: "", step: "", way: "" }) }, "← all findings"),
      detail(one, way, current, (changes) => go(changes, true)));
    $("detail").scrollTop = before;
    const line = $("detail").querySelector("[data-here]");
    if (line) {
      const pre = line.parentElement;
      pre.scrollTop = line.offsetTop - pre.offsetTop - pre.clientHeight / 2;
    }
    const step = $("detail").querySelector('[aria-current="step"]');
    if (step && focused) step.focus({ preventScroll: true });
    if (step) step.scrollIntoView({ block: "nearest" });
    if (!before && !current && window.matchMedia("(max-width: 52rem)").matches) window.scrollTo(0, 0);
  }

  // --- views, filters, keys -------------------------------------------------------------------
  function options(key) {
    const counts = new Map();
    for (const one of findings) for (const value of values(one, key)) counts.set(value, (counts.get(value) || 0) + 1);
    const all = [...counts.entries()].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    $(key).replaceChildren(make("option", { value: "" }, "all"),
      ...all.map(([value, count]) => make("option", { value }, `${value} (${count})`)));
  }

  function draw() {
    readAddress();
    const views = [...$("views").querySelectorAll("a")].map((link) => link.dataset.view);
    const view = views.includes(state.get("view")) ? state.get("view") : "findings";
    for (const link of $("views").querySelectorAll("a")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    for (const name of views) $(name).hidden = name !== view;
    for (const key of FILTERS) $(key).value = state.get(key) || "";
    if (document.activeElement !== $("q")) $("q").value = state.get("q") || "";
    $("by").value = state.get("by") || "cause";
    drawList();
    drawDetail();
    if (view === "journeys") drawJourneys();
  }

  function move(by) {
    if (!order.length) return;
    const at = order.indexOf(byId.get(state.get("finding")));
    const next = Math.min(Math.max(at + by, 0), order.length - 1);
    go({ finding: order[next].id, step: "", way: "", view: "" });
  }

  function walkBy(by) {
    const one = byId.get(state.get("finding"));
    const most = one ? walk(wayOf(one)).length : 0;
    if (most) go({ step: String(Math.min(Math.max((Number(state.get("step")) || 0) + by, 1), most)) }, true);
  }

  function isDark() {
    const set = document.documentElement.dataset.theme;
    return set ? set === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    $("theme").setAttribute("aria-pressed", String(dark));
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    n: () => walkBy(1),
    p: () => walkBy(-1),
    l: () => go({ finding: "", step: "", way: "" }),
    t: () => theme(!isDark()),
    "/": () => $("q").focus(),
    "?": () => $("help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || $("help").open;
    if (event.key === "Escape" && target === $("q")) $("list").focus();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !$("keys-on").checked) return;
    if (Object.hasOwn(KEYS, event.key)) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  function printAll() {
    const shown = matching();
    $("printed").replaceChildren(make("h2", {}, `${shown.length} of ${findings.length} findings`),
      ...shown.map((one) => make("article", {}, detail(one, one.ways[0] || null, 0, () => {}, "h3"))));
  }

  let typed = 0;
  $("q").addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => go({ q: $("q").value }, true), 80);
  });
  for (const key of [...FILTERS, "by"]) {
    $(key).addEventListener("change", () => go({ [key]: key === "by" && $(key).value === "cause" ? "" : $(key).value }, true));
  }
  for (const key of ENDS) {
    $(`journey-${key}`).addEventListener("change", () => go({ [`j-${key}`]: $(`journey-${key}`).value, journey: "" }, true));
  }
  $("journey-broken").addEventListener("change", () => go({ broken: $("journey-broken").checked ? "1" : "", journey: "" }, true));
  $("ends").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    $("q").value = "";
    go({ q: "", by: "", severity: "", rule: "", mode: "", program: "" }, true);
  });
  $("theme").addEventListener("click", () => theme(!isDark()));
  $("print").addEventListener("click", () => window.print());
  $("keys").addEventListener("click", () => $("help").showModal());
  window.addEventListener("beforeprint", printAll);
  window.addEventListener("afterprint", () => $("printed").replaceChildren());
  window.addEventListener("hashchange", draw);

  for (const key of FILTERS) options(key);
  endOptions();
  for (const id of ["views", "tools"]) $(id).hidden = false;
  $("theme").setAttribute("aria-pressed", String(isDark()));
  draw();
})();
