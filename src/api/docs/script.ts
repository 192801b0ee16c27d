/** Fills in where the page came from, searches and copies. Without it the page is whole, only less handy. */
export const script = `
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
for (const place of all(".origin")) place.textContent = location.origin;

const search = document.getElementById("search");
const found = document.getElementById("found");
const routes = all("article").map((article) => ({
  article,
  link: document.querySelector('[data-for="' + article.id + '"]'),
  text: article.textContent.toLowerCase() + " " + article.id.toLowerCase() + " " + article.dataset.route.toLowerCase(),
}));
const narrow = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const { article, link, text } of routes) {
    const fits = words.every((word) => text.includes(word));
    article.hidden = link.hidden = !fits;
    if (fits) count += 1;
  }
  for (const part of all(".part")) part.hidden = all("article:not([hidden])", part).length === 0;
  for (const group of all("nav li:has(li)")) group.hidden = all("li:not([hidden])", group).length === 0;
  for (const rest of all(".intro, #headers, #codes, #schemas")) rest.hidden = words.length > 0;
  found.textContent = words.length === 0 ? "" : count + " of " + routes.length + " routes";
  if (words.length > 0) scrollTo({ top: 0, behavior: "instant" });
};
const clear = () => {
  search.value = "";
  narrow();
};
document.querySelector("search").hidden = false;
search.addEventListener("input", narrow);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});
const show = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.closest("[hidden]")) {
    clear();
    target.scrollIntoView();
  }
};
addEventListener("hashchange", show);

for (const line of all(".curl")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  line.after(button);
}
const contents = document.querySelector("nav details");
const narrowScreen = matchMedia("(max-width: 60rem)");
const fold = () => (contents.open = !narrowScreen.matches);
narrowScreen.addEventListener("change", fold);
fold();
`;
