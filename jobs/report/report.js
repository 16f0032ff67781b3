"use strict";
// Searches and sorts the decisions of the page, by its form or by an address such as #find=strangers. It has none of the
// two signs that XML reads as markup, so that the page is XML, too.
addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("find");
  const list = document.getElementById("decisions");
  if (!form) return;
  const field = (name) => form.elements.namedItem(name);
  const entries = [...list.children].map((element, place) => ({ element, place, at: Number(element.dataset.at) }));
  const text = (entry) => entry.text || (entry.text = entry.element.textContent.toLowerCase().replace(/\s+/g, " "));
  const phrases = (asked) => (asked.toLowerCase().match(/"[^"]+"|\S+/g) || []).map((each) => each.replace(/"/g, ""));
  const time = (written, otherwise) => (written ? Date.parse(`${written}Z`) : otherwise);
  const title = (entry) => entry.element.firstChild.textContent.slice(Number(entry.element.dataset.skip)); // its time
  const head = (entry) => entry.head || (entry.head = title(entry));
  const compare = new Intl.Collator("en").compare;
  const orders = {
    newest: (one, other) => other.at - one.at || one.place - other.place,
    oldest: (one, other) => one.at - other.at || one.place - other.place,
    outcome: (one, other) => compare(head(one), head(other)) || one.place - other.place,
  };

  const show = () => {
    const wanted = phrases(field("words").value);
    const from = time(field("from").value, -Infinity);
    const to = time(field("to").value, Infinity);
    const fits = (entry) =>
      entry.at >= from ? to > entry.at ? wanted.every((each) => text(entry).includes(each)) : false : false;
    entries.forEach((entry) => { entry.element.hidden = !fits(entry); });
    const count = entries.filter((entry) => !entry.element.hidden).length;
    const [some, all] = [count, entries.length].map((number) => number.toLocaleString("en"));
    form.querySelector("output").textContent = `${some} of ${all} on this page`;
  };
  const sort = () => list.append(...entries.sort(orders[field("order").value]).map((entry) => entry.element));
  const restart = () => { show(); sort(); };
  const open = (element) => {
    if (element.hidden) { form.reset(); restart(); }
    element.open = true;
    element.scrollIntoView();
  };
  const follow = () => {
    const address = location.hash.slice(1);
    const asked = new URLSearchParams(address);
    const entry = document.getElementById(address);
    if (asked.has("find") || asked.has("from")) {
      field("words").value = asked.get("find") || "";
      field("from").value = asked.get("from") || "";
      field("to").value = asked.get("to") || "";
      show();
      form.scrollIntoView();
    } else if (entry) {
      if (entry.parentElement === list) open(entry);
    }
  };

  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(restart));
  field("order").addEventListener("change", sort);
  addEventListener("hashchange", follow);
  show();
  follow();
});
