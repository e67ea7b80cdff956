// The panel of `arena.explore`: shows what Python answers, and asks it for more. Texts of votes become text nodes, never HTML.

const NAMES = {
  model_a: "left model",
  model_b: "right model",
  tie: "tie",
  both_bad: "both bad",
};
const FIRST_ROWS = 20;
const DAY = 86_400_000;

/** A text in which what is not seen, or turns others around, is seen. */
const seen = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
  (letter) => `⟨U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** An element: attributes by name, listeners as `onclick`, and children, where strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  // Else JupyterLab takes the arrow keys of what has the focus: it looks for this mark from there upwards.
  if (["button", "input", "select", "summary"].includes(tag)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : seen(String(value)));
  }
  const there = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...there.map((child) => (child instanceof Node ? child : seen(String(child)))));
  return element;
}

const whole = (number) => Math.round(number).toLocaleString("en-GB");
const signed = (number, digits = 0) => {
  const text = Math.abs(number).toFixed(digits);
  if (Number(text) === 0) return text;
  return (number < 0 ? "−" : "+") + text;
};
const votesOf = (number) => `${whole(number)} ${number === 1 ? "vote" : "votes"}`;
const dayOf = (first, place) => new Date(Date.parse(first) + place * DAY).toISOString().slice(0, 10);
const placeOf = (first, day) => Math.round((Date.parse(day) - Date.parse(first)) / DAY);

/** A listener of keys that calls `act` at Enter. JupyterLab keeps forms from being sent, and that key from what it would do. */
const atEnter = (act) => (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  act();
};

/** One note beside what the pointer or the focus is on. */
function noter(root) {
  const note = make("div", { class: "ax-note", role: "tooltip", hidden: true });
  root.append(note);
  const hide = () => { note.hidden = true; };
  const show = (element, lines) => {
    note.replaceChildren(...lines.map((line, place) => make("div", place ? {} : { class: "ax-note-head" }, line)));
    note.hidden = false;
    const at = element.getBoundingClientRect(), box = root.getBoundingClientRect();
    const left = Math.min(Math.max(at.left - box.left + at.width / 2 - note.offsetWidth / 2, 4), box.width - note.offsetWidth - 4);
    const above = at.top - box.top - note.offsetHeight - 6;
    note.style.left = `${Math.max(left, 4)}px`;
    note.style.top = `${above > 0 ? above : at.bottom - box.top + 6}px`;
  };
  return (element, lines) => {
    element.addEventListener("pointerenter", () => show(element, lines));
    element.addEventListener("focus", () => show(element, lines));
    element.addEventListener("pointerleave", hide);
    element.addEventListener("blur", hide);
    element.setAttribute("aria-description", lines.slice(1).join("; "));
    return element;
  };
}

class Panel {
  constructor(model, el) {
    this.model = model;
    this.options = model.get("options");
    const asked = model.get("asked");
    this.state = structuredClone({ selection: {}, model: "", conversations: null, ...asked });
    this.number = asked.number ?? 0;
    this.waiting = this.again = false;
    this.order = "rating";
    this.allRows = false;
    this.root = make("div", { class: "arena-explore" });
    this.note = noter(this.root);
    this.parts = {};
    for (const name of ["controls", "said", "board", "behind", "conversations", "call"]) {
      this.parts[name] = make("section", { class: `ax-${name}` });
    }
    const { controls, said, board, behind, conversations, call } = this.parts;
    this.root.append(controls, said, make("div", { class: "ax-main" }, board, behind), conversations, call);
    el.append(this.root);
    this.drawControls();
    this.listener = () => this.answered();
    model.on("change:shown", this.listener);
    this.draw(model.get("shown"));
  }

  end() {
    this.model.off("change:shown", this.listener);
  }

  // Asking: one question at a time; what changes meanwhile is asked once, when the answer is there.

  ask(change = {}) {
    Object.assign(this.state, change);
    if (this.waiting) {
      this.again = true;
      return;
    }
    this.waiting = true;
    this.root.setAttribute("aria-busy", "true");
    this.number += 1;
    this.model.set("asked", { ...structuredClone(this.state), number: this.number });
    this.model.save_changes();
  }

  select(change) {
    const conversations = this.state.conversations && { ...this.state.conversations, page: 0 };
    this.ask({ selection: { ...this.state.selection, ...change }, conversations });
  }

  answered() {
    const shown = this.model.get("shown");
    this.waiting = shown.number < this.number && this.waiting;
    if (!this.waiting) this.root.removeAttribute("aria-busy");
    this.draw(shown);
    if (this.again && !this.waiting) {
      this.again = false;
      this.ask();
    }
  }

  draw(shown) {
    this.shown = shown;
    this.drawSaid();
    if (shown.shift) this.drawBoard();
    this.parts.board.classList.toggle("ax-stale", !shown.shift);
    this.drawBehind();
    this.drawConversations();
    this.drawCall();
    this.root.dataset.answered = shown.number;
  }

  // What is chosen.

  drawControls() {
    const parts = [
      make("div", { class: "ax-pair" }, this.category("from_", "From"), this.swap(), this.category("to", "To")),
      this.options.days && this.period(),
      make("div", { class: "ax-lists" },
        this.options.languages.length > 0 && this.list("languages", "Languages", this.options.languages),
        this.list("models", "Models shown", this.options.models.map((name) => ({ name }))),
        make("button", { type: "button", class: "ax-quiet", onclick: () => this.reset() }, "Reset")),
    ];
    this.parts.controls.replaceChildren(...parts.filter(Boolean));
  }

  category(side, label) {
    const chosen = this.state.selection[side];
    const known = this.options.categories.some(({ name }) => name === chosen);
    const rule = make("input", {
      type: "text", class: "ax-rule", hidden: known, value: known ? "" : chosen, "aria-label": `${label}: a rule of your own`,
      placeholder: 'where:turns >= 3 and language == "English"', spellcheck: "false",
      onkeydown: atEnter(() => go()), onchange: () => go(),
    });
    const go = () => {
      const name = rule.value.trim();
      if (name && name !== this.state.selection[side]) this.select({ [side]: name });
    };
    const select = make("select", {
      "aria-label": label,
      onchange: () => {
        rule.hidden = select.value !== "";
        if (select.value) this.select({ [side]: select.value });
        else rule.focus();
      },
    });
    for (const { name, label: words, votes, meaning } of this.options.categories) {
      const count = votes === null ? "" : ` (${whole(votes)})`;
      select.append(make("option", { value: name, title: meaning }, words + count));
    }
    select.append(make("option", { value: "" }, "A rule of your own …"));
    select.value = known ? chosen : "";
    return make("div", { class: "ax-field" }, make("label", {}, make("span", { class: "ax-name" }, label), select), rule);
  }

  swap() {
    const turn = () => {
      const { from_, to } = this.state.selection;
      this.select({ from_: to, to: from_ });
      this.drawControls();
    };
    return make("button", { type: "button", class: "ax-swap", "aria-label": "Swap the two categories", title: "Swap", onclick: turn }, "⇄");
  }

  period() {
    const { first, votes } = this.options.days, end = votes.length - 1, { selection } = this.state;
    const places = [selection.first ? placeOf(first, selection.first) : 0, selection.last ? placeOf(first, selection.last) : end];
    const clamped = places.map((place) => Math.min(Math.max(place, 0), end));
    const words = make("output", {});
    const bars = this.histogram(votes);
    const inputs = clamped.map((place, side) => make("input", {
      type: "range", min: 0, max: end, step: 1, value: place, "aria-label": side ? "Last day" : "First day",
      oninput: () => move(side),
    }));
    const say = () => {
      const [from, to] = inputs.map((input) => dayOf(first, Number(input.value)));
      inputs.forEach((input, side) => input.setAttribute("aria-valuetext", side ? to : from));
      words.textContent = from === to ? from : `${from} to ${to}`;
      bars.childNodes.forEach((bar) => {
        bar.classList.toggle("ax-out", bar.last < Number(inputs[0].value) || bar.first > Number(inputs[1].value));
      });
      return [from, to];
    };
    const move = (side) => {
      const [low, high] = inputs.map((input) => Number(input.value));
      if (low > high) inputs[side].value = side ? low : high;
      const [from, to] = say();
      this.select({ first: Number(inputs[0].value) > 0 ? from : "", last: Number(inputs[1].value) < end ? to : "" });
    };
    say();
    return make("div", { class: "ax-field ax-period", role: "group", "aria-label": "Period" },
      make("div", {}, make("span", { class: "ax-name" }, "Period"), " ", words),
      make("div", { class: "ax-slider" }, bars, ...inputs));
  }

  histogram(votes) {
    const length = Math.ceil(votes.length / 120), bars = make("div", { class: "ax-bars", "aria-hidden": "true" });
    const sums = [];
    for (let start = 0; start < votes.length; start += length) sums.push(votes.slice(start, start + length).reduce((a, b) => a + b, 0));
    const most = Math.max(...sums);
    sums.forEach((sum, place) => {
      const bar = make("i", { style: `height:${Math.max((100 * sum) / most, sum ? 3 : 0)}%` });
      bar.first = place * length;
      bar.last = Math.min((place + 1) * length, votes.length) - 1;
      bars.append(bar);
    });
    return bars;
  }

  list(name, label, items) {
    const chosen = () => this.state.selection[name] ?? [];
    const summary = make("summary", {});
    const say = () => { summary.textContent = `${label}: ${chosen().length ? chosen().length : "all"}`; };
    const boxes = items.map((item) => {
      const box = make("input", {
        type: "checkbox", checked: chosen().includes(item.name),
        onchange: () => {
          const others = chosen().filter((other) => other !== item.name);
          this.select({ [name]: box.checked ? [...others, item.name] : others });
          say();
        },
      });
      return make("label", { class: "ax-item" }, box, make("span", {}, item.name),
        item.votes !== undefined && make("small", {}, whole(item.votes)));
    });
    const filter = make("input", {
      type: "search", placeholder: "Find …", "aria-label": `Find among ${label.toLowerCase()}`,
      oninput: () => boxes.forEach((box, place) => {
        box.hidden = !items[place].name.toLowerCase().includes(filter.value.trim().toLowerCase());
      }),
    });
    const none = make("button", {
      type: "button", class: "ax-quiet",
      onclick: () => {
        boxes.forEach((box) => { box.querySelector("input").checked = false; });
        this.select({ [name]: [] });
        say();
      },
    }, "All");
    say();
    return make("details", { class: "ax-list", name: "ax-lists" }, summary,
      make("div", { class: "ax-menu" }, make("div", { class: "ax-find" }, items.length > 12 && filter, none), ...boxes));
  }

  reset() {
    this.state = structuredClone(this.model.get("start"));
    this.ask();
    this.drawControls();
  }

  // What is said.

  drawSaid() {
    const { shift, error } = this.shown;
    const boards = shift?.boards ?? [];
    this.parts.said.replaceChildren(
      error ? make("p", { class: "ax-error", role: "alert" }, error) : "",
      ...(shift ? [
        make("p", { class: "ax-headline", role: "status" }, shift.headline),
        make("p", { class: "ax-soft" }, boards.map((board) => `${board.label}: ${votesOf(board.votes)}, ${board.models} models`).join("  →  "),
          `. Intervals over ${boards[0].over}. `,
          this.options.simulated && make("strong", {}, "These votes are simulated."),
          shift.left_out.length > 0 && ` Rated on one board only: ${shift.left_out.join(", ")}.`),
        make("details", { class: "ax-words", open: this.words, ontoggle: (event) => { this.words = event.target.open; } },
          make("summary", {}, "In words"), make("p", {}, shift.sentence)),
      ] : []));
  }

  // The boards.

  drawBoard() {
    const { shift } = this.shown;
    const rows = [...shift.rows];
    if (this.order === "shift" && !shift.one_board) rows.sort((a, b) => b.rating_shift - a.rating_shift);
    const shown = this.allRows ? rows : rows.slice(0, FIRST_ROWS);
    const ends = shown.flatMap((row) => [row.rating_from - row.half_from, row.rating_from + row.half_from,
      ...(shift.one_board ? [] : [row.rating_to - row.half_to, row.rating_to + row.half_to])]);
    const low = Math.min(...ends), high = Math.max(...ends), scale = (value) => (100 * (value - low)) / Math.max(high - low, 1e-9);
    const [one, other] = shift.boards;
    const head = make("tr", {},
      make("th", { scope: "col", class: "ax-number" }, "Rank"), make("th", { scope: "col" }, "Model"),
      make("th", { scope: "col", class: "ax-lane-head" }, this.scale(low, high)),
      !shift.one_board && make("th", { scope: "col", class: "ax-number" }, "Shift"),
      make("th", { scope: "col", class: "ax-number" }, "Votes"));
    const body = make("tbody", {}, shown.map((row) => this.row(row, scale, one, other, shift.one_board)));
    const more = rows.length > FIRST_ROWS && make("button", {
      type: "button", class: "ax-quiet", onclick: () => { this.allRows = !this.allRows; this.drawBoard(); },
    }, this.allRows ? `Only the first ${FIRST_ROWS}` : `All ${rows.length} models`);
    const orders = shift.one_board ? "" : make("span", { class: "ax-orders", role: "group", "aria-label": "Order" },
      ...[["rating", "By rating"], ["shift", "By shift"]].map(([name, words]) => make("button", {
        type: "button", "aria-pressed": String(this.order === name), onclick: () => { this.order = name; this.drawBoard(); },
      }, words)));
    const key = make("span", { class: "ax-key" }, make("i", { class: shift.one_board ? "ax-to" : "ax-from" }), one.label,
      other && make("i", { class: "ax-to" }), other && other.label);
    const kept = this.focused();
    this.parts.board.replaceChildren(make("div", { class: "ax-bar" }, key, orders),
      make("table", {}, make("thead", {}, head), body), more || "");
    this.refocus(kept);
  }

  /** What had the focus in the board, to give it back after the rows are drawn anew. */
  focused() {
    const key = document.activeElement?.dataset?.key;
    return key && this.parts.board.contains(document.activeElement) ? key : null;
  }

  refocus(key) {
    if (key) [...this.parts.board.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key)?.focus();
  }

  scale(low, high) {
    const span = high - low, step = [25, 50, 100, 200, 500, 1000].find((size) => span / size <= 5) ?? 2000;
    const marks = [];
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
      marks.push(make("span", { style: `left:${(100 * (at - low)) / Math.max(span, 1e-9)}%` }, String(at)));
    }
    return make("div", { class: "ax-scale", "aria-label": "Rating" }, marks);
  }

  row(row, scale, one, other, oneBoard) {
    const chosen = row.model === this.state.model;
    const rank = oneBoard || row.rank_from === row.rank_to ? String(row.rank_from) : `${row.rank_from} → ${row.rank_to}`;
    const name = make("button", {
      type: "button", class: "ax-model", "aria-pressed": String(chosen), "data-key": `model ${row.model}`,
      title: "Who is behind it", onclick: () => this.ask({ model: chosen ? "" : row.model }),
    }, row.model);
    const dot = (kind, rating, half) => [
      make("i", { class: `ax-line ax-${kind}`, style: `left:${scale(rating - half)}%;width:${scale(rating + half) - scale(rating - half)}%` }),
      make("i", { class: `ax-dot ax-${kind}`, style: `left:${scale(rating)}%` })];
    const lines = [row.model, `${one.label}: ${whole(row.rating_from)} ± ${whole(row.half_from)}, rank ${row.rank_from}, ${votesOf(row.votes_from)}`];
    if (!oneBoard) {
      lines.push(`${other.label}: ${whole(row.rating_to)} ± ${whole(row.half_to)}, rank ${row.rank_to}, ${votesOf(row.votes_to)}`,
        `Shift: ${signed(row.rating_shift, 1)} points (${signed(row.shift_lower, 1)} to ${signed(row.shift_upper, 1)})`,
        row.clear ? `beyond what chance allows (q = ${row.q_value < 0.001 ? "< 0.001" : row.q_value.toFixed(3)})` : "within what chance allows");
    }
    const lane = this.note(make("div", { class: "ax-lane" },
      oneBoard ? dot("to", row.rating_from, row.half_from)
        : [...dot("from", row.rating_from, row.half_from), ...dot("to", row.rating_to, row.half_to)]), lines);
    const move = row.clear ? (row.rating_shift > 0 ? "ax-up" : "ax-down") : "ax-soft";
    return make("tr", { class: chosen ? "ax-chosen" : "" },
      make("td", { class: "ax-number" }, rank), make("th", { scope: "row" }, name), make("td", { class: "ax-lane-cell" }, lane),
      !oneBoard && make("td", { class: `ax-number ${move}` }, signed(row.rating_shift),
        make("small", {}, ` ±${whole((row.shift_upper - row.shift_lower) / 2)}`)),
      make("td", { class: "ax-number ax-votes" }, this.votesButton("from", row, one),
        !oneBoard && " → ", !oneBoard && this.votesButton("to", row, other)));
  }

  votesButton(category, row, board) {
    const votes = row[`votes_${category}`], open = { category, model: row.model, page: 0 };
    return make("button", {
      type: "button", class: "ax-cell", title: `${board.label}: the conversations of these ${votesOf(votes)}`,
      "data-key": `votes ${category} ${row.model}`, onclick: () => this.open(open),
    }, whole(votes));
  }

  // Who is behind it.

  drawBehind() {
    const { behind, shift } = this.shown, place = this.parts.behind;
    if (!behind) {
      place.replaceChildren(make("p", { class: "ax-soft ax-hint" },
        "Click a model to see who is behind it: opponents, languages, judges and days; click a number of votes for its conversations."));
      return;
    }
    const row = shift?.rows.find(({ model }) => model === behind.model);
    const what = this.state.selection.from_ === this.state.selection.to ? "rating" : "shift";
    const size = row && (what === "shift" ? `, ${signed(row.rating_shift)} points,` : `, ${whole(row.rating_from)} points,`);
    place.replaceChildren(
      make("h4", {}, `Who is behind ${behind.model}`),
      make("p", { class: "ax-soft" }, `How many points its ${what}${size ?? ""} would be lower (+) or higher (−) without these votes.`),
      ...[["opponents", "Opponents"], ["languages", "Languages"], ["judges", "Judges"]].map(([name, words]) =>
        this.groups(behind.model, words, behind[name])),
      behind.days.length > 1 ? this.days(behind.model, behind.days, what) : "");
  }

  groups(model, words, groups) {
    if (!groups.length) return "";
    const most = Math.max(...groups.map(({ points }) => Math.abs(points)), 1e-9);
    const rows = groups.map((group) => {
      const bar = make("i", { class: group.points < 0 ? "ax-less" : "ax-more", style: `width:${(50 * Math.abs(group.points)) / most}%` });
      return make("button", {
        type: "button", class: "ax-group", title: `${group.name}: the conversations of these ${votesOf(group.votes)}`,
        onclick: () => this.open({ category: "either", model, ...group.filter, page: 0 }),
      }, make("span", { class: "ax-what" }, group.name), make("span", { class: "ax-track" }, bar),
      make("span", { class: "ax-points" }, signed(group.points, 1)), make("small", {}, whole(group.votes)));
    });
    return make("div", { class: "ax-groups" },
      make("h5", {}, words, make("small", {}, "points · votes")), ...rows);
  }

  days(model, days, what) {
    const most = Math.max(...days.map(({ points }) => Math.abs(points)), 1e-9);
    const bars = days.map((day) => this.note(make("button", {
      type: "button", class: "ax-day", "aria-label": day.name, onclick: () => this.open({ category: "either", model, ...day.filter, page: 0 }),
    }, make("i", { class: day.points < 0 ? "ax-less" : "ax-more", style: `height:${(50 * Math.abs(day.points)) / most}%` })),
    [day.name, `about ${signed(day.points, 1)} points of the ${what}`, votesOf(day.votes)]));
    return make("div", { class: "ax-groups" }, make("h5", {}, "Days"), make("div", { class: "ax-days" }, bars),
      make("div", { class: "ax-ends" }, make("span", {}, days[0].filter.first), make("span", {}, days.at(-1).filter.last)));
  }

  // The conversations.

  open(wanted) {
    const text = this.state.conversations?.text;
    this.ask({ conversations: { ...wanted, ...(text && !this.state.conversations.meaning ? { text } : {}) } });
    this.scrolled = false;
  }

  drawConversations() {
    const place = this.parts.conversations, { conversations: shown } = this.shown, wanted = this.state.conversations;
    if (!this.options.prompts) {
      place.replaceChildren(make("h4", {}, "Conversations"), this.chips(wanted), ...this.listed(shown));
      return;
    }
    const typed = place.querySelector("input[type=search]");
    const search = this.search(wanted, typed);
    place.replaceChildren(make("h4", {}, "Conversations"), search, this.chips(wanted), ...this.listed(shown));
    if (typed && typed === this.lastTyped && this.typing) search.querySelector("input").focus();
    this.lastTyped = search.querySelector("input");
    if (wanted && this.scrolled === false) {
      this.scrolled = true;
      place.scrollIntoView({ block: "nearest" });
    }
  }

  search(wanted, typed) {
    const input = make("input", {
      type: "search", placeholder: "Search in prompts", "aria-label": "Search in prompts", value: typed?.value ?? wanted?.text ?? "",
      onfocus: () => { this.typing = true; }, onblur: () => { this.typing = false; }, onkeydown: atEnter(() => go(false)),
    });
    const go = (meaning) => {
      const text = input.value.trim();
      this.ask({ conversations: meaning ? { text, meaning } : { category: "either", ...wanted, text, meaning: false, page: 0 } });
    };
    return make("div", { class: "ax-search", role: "search" }, input,
      make("button", { type: "button", onclick: () => go(false) }, "Search"),
      this.options.meaning && make("button", { type: "button", onclick: () => go(true) }, "By meaning"));
  }

  chips(wanted) {
    if (!wanted) return make("p", { class: "ax-soft" }, "A number of votes on the board, or a bar beside it, opens its conversations.");
    const boards = this.shown.shift?.boards ?? [];
    const words = {
      category: { from: boards[0]?.label, to: boards[1]?.label ?? boards[0]?.label, either: null }[wanted.category],
      model: wanted.model, opponent: wanted.opponent && `against ${wanted.opponent}`, language: wanted.language, judge: wanted.judge,
      first: wanted.first && `from ${wanted.first}`, last: wanted.last && `to ${wanted.last}`, text: wanted.text && `“${wanted.text}”`,
    };
    const chips = Object.entries(words).filter(([, text]) => text).map(([name, text]) => make("button", {
      type: "button", class: "ax-chip", "aria-label": `Without: ${text}`,
      onclick: () => this.ask({ conversations: { ...wanted, [name]: name === "category" ? "either" : "", meaning: false, page: 0 } }),
    }, text, make("span", { "aria-hidden": "true" }, " ×")));
    const close = make("button", { type: "button", class: "ax-quiet", onclick: () => this.ask({ conversations: null }) }, "Close");
    return make("div", { class: "ax-chips" }, ...chips, close);
  }

  listed(shown) {
    if (!shown) return [];
    if (shown.sentence !== undefined) return [make("p", { class: "ax-soft" }, shown.sentence), ...this.nearest(shown.rows)];
    const { found, page, pages, rows } = shown;
    const turn = (to, words) => make("button", {
      type: "button", disabled: to < 0 || to >= pages, onclick: () => this.ask({ conversations: { ...this.state.conversations, page: to } }),
    }, words);
    const pager = make("div", { class: "ax-pager" }, make("span", {}, `${whole(found)} ${found === 1 ? "conversation" : "conversations"}`),
      pages > 1 && [turn(0, "« First"), turn(page - 1, "‹ Before"), make("span", {}, `page ${whole(page + 1)} of ${whole(pages)}`),
        turn(page + 1, "Next ›"), turn(pages - 1, "Last »")]);
    return [pager, make("ul", { class: "ax-talks" }, rows.map((row) => this.talk(row)))];
  }

  talk(row) {
    const side = (name) => {
      const won = row.outcome === name;
      return make("bdi", { class: won ? "ax-won" : "" }, row[name], won && " ✓");
    };
    const facts = [row.day, row.language, row.turns && `${row.turns} ${row.turns === 1 ? "turn" : "turns"}`, row.judge, row.vote_id].filter(Boolean);
    const texts = row.prompts.map((text) => make("div", { class: "ax-prompt", dir: "auto" }, text));
    const long = row.prompts.length > 1 || row.prompts.some((text) => text.length > 240 || text.split("\n").length > 3);
    const body = make("div", { class: long ? "ax-texts ax-cut" : "ax-texts" }, ...(texts.length ? texts : [make("em", {}, "without a prompt")]),
      row.cut && make("em", {}, "cut here"));
    const fold = long && make("button", {
      type: "button", class: "ax-quiet", "aria-expanded": "false",
      onclick: () => {
        const cut = body.classList.toggle("ax-cut");
        fold.textContent = cut ? more : "Less";
        fold.setAttribute("aria-expanded", String(!cut));
      },
    });
    const more = row.prompts.length > 1 ? `All ${row.prompts.length} prompts` : "All of it";
    if (fold) fold.textContent = more;
    const verdict = row.outcome === "tie" || row.outcome === "both_bad" ? ` – ${NAMES[row.outcome]}` : "";
    return make("li", {}, make("div", { class: "ax-sides" }, side("model_a"), make("span", { class: "ax-soft" }, " or "), side("model_b"), verdict),
      body, make("div", { class: "ax-facts" }, facts.map((fact) => make("bdi", {}, fact)), fold));
  }

  nearest(rows) {
    return [make("ul", { class: "ax-talks" }, rows.map((row) => make("li", {},
      make("div", { class: "ax-texts" }, make("div", { class: "ax-prompt", dir: "auto" }, row.prompt)),
      make("div", { class: "ax-facts" }, [row.topic, votesOf(row.votes), row.language, row.date,
        row.meaning !== null && `meaning ${row.meaning.toFixed(2)}`, `words ${row.words.toFixed(2)}`].filter(Boolean)
        .map((fact) => make("bdi", {}, fact))))))];
  }

  // The call.

  drawCall() {
    const { call } = this.shown;
    const code = make("code", {}, call);
    const copy = make("button", {
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(call);
          copy.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(code);
          copy.textContent = "Selected: copy it with Ctrl-C";
        }
        setTimeout(() => { copy.textContent = "Copy"; }, 2500);
      },
    }, "Copy");
    this.parts.call.replaceChildren(make("h4", {}, "The call that makes these numbers", copy), make("pre", {}, code));
  }
}

export default {
  render({ model, el }) {
    const panel = new Panel(model, el);
    return () => panel.end();
  },
};
