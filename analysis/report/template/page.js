// Sorts and filters the tables of a page, and takes its figures away as PNG. It is the one script there is; without it a table
// is whole and folds by its style, and a figure is there as SVG.
"use strict";
(() => {
  const FILTERED = 12; // longer tables have a field to filter by
  const NUMBER = "[+−-]?(?:\\d[\\d,]*(?:\\.\\d+)?(?:e[+-]?\\d+)?|inf)";
  const PLAIN = new RegExp(`^[<>]? ?${NUMBER}(?: %)?(?: to ${NUMBER}(?: %)?)?$`);

  const text = (cell) => (cell ? cell.textContent.replace(/\s+/g, " ").trim() : "");
  const missing = (cell) => ["", "–"].includes(text(cell));

  /** The numbers of a cell: "1,288.1 to 1,300.2" has two, "< 0.001" is a little less than it says, none for words. */
  function numbers(words) {
    const found = (words.match(new RegExp(NUMBER, "g")) ?? []).map((one) =>
      Number(one.replaceAll(",", "").replace("−", "-").replace("inf", "Infinity")));
    if (words.startsWith("<") && found.length) found[0] -= 1e-9;
    if (words.startsWith(">") && found.length) found[0] += 1e-9;
    return found;
  }

  function byNumbers(one, other) {
    const place = one.findIndex((value, index) => value !== other[index]);
    if (place < 0) return one.length - other.length;
    return place < other.length ? one[place] - other[place] : 1;
  }

  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  /** The rows by one column, as they came where they are equal; what is missing, or has no number among numbers, is last. */
  function sorted(rows, column, falling, numeric) {
    const keys = new Map(rows.map((row) => {
      const cell = row.cells[column];
      return [row, missing(cell) ? null : numeric ? numbers(text(cell)) : text(cell)];
    }));
    const last = (row) => keys.get(row) === null || keys.get(row).length === 0;
    const compare = numeric ? byNumbers : words.compare;
    const known = rows.filter((row) => !last(row));
    known.sort((one, other) => compare(keys.get(one), keys.get(other)) * (falling ? -1 : 1));
    return [...known, ...rows.filter(last)];
  }

  /** A heading that stands for several rows is given to each of them, so that they can go their ways. */
  function unspan(body) {
    for (const head of body.querySelectorAll("th[rowspan]")) {
      let row = head.parentElement;
      const others = head.rowSpan - 1;
      head.removeAttribute("rowspan");
      head.scope = "row";
      for (let other = 0; other < others; other += 1) {
        row = row.nextElementSibling;
        row.prepend(head.cloneNode(true));
      }
    }
  }

  function addSorting(box, heads, body) {
    const asWas = [...body.rows];
    const shown = asWas.filter((row) => !row.classList.contains("rest")).length;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        unspan(body);
        const before = head.getAttribute("aria-sort");
        const now = { none: "ascending", ascending: "descending", descending: "none" }[before];
        heads.forEach((other) => other.setAttribute("aria-sort", other === head ? now : "none"));
        const cells = asWas.map((row) => row.cells[column]).filter((cell) => !missing(cell));
        const numeric = head.classList.contains("number") || cells.every((cell) => PLAIN.test(text(cell)));
        const order = now === "none" ? asWas : sorted(asWas, column, now === "descending", numeric);
        body.append(...order);
        order.forEach((row, place) => row.classList.toggle("rest", place >= shown));
      });
    });
  }

  const searched = (words) => words.normalize("NFKC").replaceAll("−", "-").toLowerCase();

  function addFilter(box, body) {
    const [label, field, count] = ["label", "input", "span"].map((name) => document.createElement(name));
    const things = box.dataset.rows ?? "rows";
    field.type = "search";
    field.autocomplete = "off";
    field.spellcheck = false;
    count.setAttribute("role", "status");
    label.append("Filter ", field);
    field.addEventListener("input", () => {
      unspan(body);
      const wanted = searched(field.value).split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const said = searched([...row.cells].map((cell) => `${cell.textContent} ${cell.title}`).join(" "));
        row.hidden = !wanted.every((word) => said.includes(word));
      }
      const found = [...body.rows].filter((row) => !row.hidden).length;
      box.classList.toggle("filtered", wanted.length > 0);
      count.textContent = wanted.length ? `${found.toLocaleString("en")} of ${body.rows.length.toLocaleString("en")} ${things}` : "";
    });
    const tools = document.createElement("div");
    tools.className = "table-filter";
    tools.append(label, count);
    box.prepend(tools);
  }

  const SHARPNESS = 2; // pixels of the picture per pixel of the page

  /** The drawing that is in view, in the colours it has there, as a PNG file. A picture has no fonts but its own: it takes the page's. */
  function savePicture(figure, name) {
    const drawing = [...figure.querySelectorAll("svg")].find((svg) => svg.getClientRects().length).cloneNode(true);
    const letters = document.createElementNS(drawing.namespaceURI, "style");
    letters.textContent = document.querySelector("style.letters")?.textContent ?? "";
    drawing.prepend(letters);
    const [width, height] = ["width", "height"].map((side) => SHARPNESS * Number(drawing.getAttribute(side)));
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      canvas.getContext("2d").drawImage(image, 0, 0, width, height);
      Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: name }).click();
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  }

  for (const button of document.querySelectorAll("figure button.png")) {
    button.hidden = false;
    button.addEventListener("click", () => savePicture(button.closest("figure"), button.dataset.name));
  }

  for (const box of document.querySelectorAll(".table-box")) {
    const table = box.querySelector("table");
    if (!table || !table.tHead || !table.tBodies.length) continue;
    const body = table.tBodies[0];
    if (body.rows.length > FILTERED) addFilter(box, body);
    if (body.rows.length > 2) addSorting(box, [...table.tHead.rows[0].cells], body);
  }
})();
