// What is wrong with how a page looks? One list for each promise; what stands in it breaks the promise.
(() => {
  const READABLE_PX = 11, CONTRAST = 4.5, GRAPHICS = 3, TOUCH_PX = 24, OVERLAP_PX = 2;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const entries = all("#decisions > *").filter((each) => !each.hidden);
  const search = {
    shown: entries.map((each) => each.id),
    open: entries.filter((each) => each.open).map((each) => each.id),
    said: all("#find output").map((each) => each.textContent).join(),
    words: all("#find input").map((each) => each.value),
  };
  // -- What sorting and then following an address makes of the list, at an address that asks for it: the page scrolls.
  const form = document.getElementById("find");
  const change = (name, value, event) => {
    const field = form.elements.namedItem(name);
    field.value = value;
    field.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const listed = () => all("#decisions > *").map((each) => each.id);
  const sorted = () => {
    change("order", "outcome", "change");
    const byOutcome = listed();
    change("words", "nobody-is-called-this", "input");
    location.hash = byOutcome[0];
    dispatchEvent(new Event("hashchange"));
    return { byOutcome, followed: listed(), order: form.elements.namedItem("order").value };
  };
  const orders = location.hash === "#orders" ? sorted() : {};
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  const box = (element) => element.getBoundingClientRect();
  const named = (element) => `${element.tagName.toLowerCase()} "${element.textContent.trim().slice(0, 40)}"`;
  const width = document.documentElement.clientWidth;

  // -- Colours, by WCAG 2: relative luminance, and how two of them compare.
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const isSeeThrough = (colour) => channels(colour)[3] === 0;
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!isSeeThrough(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ink = (element) => getComputedStyle(element)[element.closest("svg") ? "fill" : "color"];

  // -- Texts: elements that have letters of their own.
  const hasLetters = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = all("body *").filter((element) => hasLetters(element) && element.tagName !== "title");
  const scale = (svg) => box(svg).width / svg.viewBox.baseVal.width;
  const size = (element) => {
    const px = parseFloat(getComputedStyle(element).fontSize);
    const svg = element.closest("svg");
    return svg ? px * scale(svg) : px;
  };

  const overlap = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > OVERLAP_PX &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > OVERLAP_PX;
  const pairs = (list) => list.flatMap((one, place) => list.slice(place + 1).map((other) => [one, other]));
  const drawn = all("svg[role=img]");
  const cover = ([one, other]) => overlap(box(one), box(other));
  const within = (inner, outer) =>
    inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.bottom <= outer.bottom + 1;

  // -- Tables: what stands in a column begins or ends where the others do.
  const columns = (table) => {
    const lines = all("tr", table).map((row) => [...row.children]);
    return lines[0].map((_, place) => lines.map((cells) => cells[place]));
  };
  const content = (cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect();
  };
  const isAligned = (cells) => {
    const side = cells[0].className === "number" ? "right" : "left";
    const edges = cells.filter((cell) => cell.textContent.trim()).map((cell) => content(cell)[side]);
    return Math.max(...edges) - Math.min(...edges) <= 1.5;
  };
  const isExplained = (svg) => svg.closest("section").querySelector("table, figure ~ p") !== null;

  const lists = {
    "wider than the page": all("body *").filter((each) => !each.closest("svg") && box(each).right > width + 1),
    "cut off": all("td, th, li, summary, p").filter((each) => each.scrollWidth > each.clientWidth + 1),
    "too small to read": texts.filter((each) => size(each) < READABLE_PX),
    "too faint to read": texts.filter((each) => contrast(ink(each), behind(each)) < CONTRAST),
    "too faint to see": all("svg .bar, svg .tick, svg .cross, svg .offender, svg .member, svg .ghost").filter((each) => {
      const style = getComputedStyle(each);
      return contrast(each.classList.contains("bar") ? style.fill : style.stroke, behind(each)) < GRAPHICS;
    }),
    "out of line": all("table").filter((table) => columns(table).some((cells) => !isAligned(cells))),
    "out of its picture": all("svg[role=img] text").filter((each) => !within(box(each), box(each.closest("svg")))),
    "over another label": drawn.flatMap((svg) => pairs(all("text", svg)).filter(cover).map(([one]) => one)),
    "without a name": drawn.filter((svg) => !svg.querySelector("title")),
    "without its numbers": drawn.filter((svg) => !isExplained(svg)),
    "too small to touch": all("summary, nav a, td a, .links a, #find input, #find button").filter((each) => box(each).height < TOUCH_PX),
  };
  const faults = Object.entries(lists).map(([name, found]) => [name, found.slice(0, 5).map(named)]);
  const bars = all("svg .bar").map((each) => box(each)).filter((each) => each.width > 4 && each.height > 2);
  return JSON.stringify({
    faults: Object.fromEntries(faults.filter(([, found]) => found.length)),
    search,
    orders,
    width,
    scrolls: document.documentElement.scrollWidth > width,
    height: document.documentElement.scrollHeight,
    paper: channels(behind(document.body)),
    mark: drawn.length ? channels(getComputedStyle(all("svg .bar")[0] || document.body).fill) : [],
    bars: bars.map((each) => [each.left + each.width / 2, each.top + scrollY + each.height / 2].map(Math.round)),
  });
})()
