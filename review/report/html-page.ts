/** Style of the page: readable on a phone, in the dark, and on paper. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a3f4a); --dim: light-dark(#5a6270, #a0a8b5);
  --danger: light-dark(#b3151b, #ff8a8a); --failure: light-dark(#9c3d00, #ffa968); --caution: light-dark(#7a5b00, #e8c55a);
  --notice: light-dark(#0b5aa6, #8cc4ff); --added: light-dark(#0a6b2d, #7fdc9b); --removed: light-dark(#b3151b, #ff8a8a); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: 1rem 0; align-items: center; }
input[type=search] { flex: 1 1 16rem; font: inherit; padding: .4rem .6rem; }
article { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .3rem; margin: .5rem 0; padding: .5rem .8rem; }
article[data-risk=danger] { border-left-color: var(--danger); } article[data-risk=failure] { border-left-color: var(--failure); }
article[data-risk=caution] { border-left-color: var(--caution); } article[data-risk=notice] { border-left-color: var(--notice); }
.danger { color: var(--danger); } .failure { color: var(--failure); } .caution { color: var(--caution); } .notice { color: var(--notice); }
.added { color: var(--added); } .removed { color: var(--removed); } .aside, .remedy, footer { color: var(--dim); }
p { margin: .2rem 0; overflow-wrap: anywhere; } code { overflow-wrap: anywhere; }
pre { margin: .4rem 0 0; overflow-x: auto; font-size: .85rem; } [hidden] { display: none; }
`;

/** Hides what does not match the search or whose risk is not chosen. The page is whole without it. */
export const script = `
const form = document.querySelector("form");
const articles = [...document.querySelectorAll("article")].map((element) => ({ element, text: element.textContent.toLowerCase() }));
const update = () => {
  const words = form.elements.search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const risks = new Set([...form.querySelectorAll("[name=risk]:checked")].map(({ value }) => value));
  let shown = 0;
  for (const { element, text } of articles) {
    element.hidden = !(risks.has(element.dataset.risk) && words.every((word) => text.includes(word)));
    if (!element.hidden) shown += 1;
  }
  form.querySelector("output").textContent = shown + " of " + articles.length;
};
form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
update();
`;
