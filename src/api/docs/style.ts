/** Colours come in pairs, light and dark, each with a contrast of at least 4.5 to what it stands on. */
export const style = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e3e7ec); --faint: light-dark(#57606a, #9aa5b1);
  --paper: light-dark(#ffffff, #14171b); --raised: light-dark(#f4f6f8, #1d2126); --line: light-dark(#d5dae0, #343b44);
  --link: light-dark(#0b57c2, #7ab4ff); --good: light-dark(#13692b, #63cf7f); --bad: light-dark(#b3261e, #ff9a91);
  --change: light-dark(#7a4b00, #f0b755);
  font: 1rem/1.55 system-ui, sans-serif; scroll-padding-top: 5rem;
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--paper); }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
[hidden] { display: none !important; }
code, pre { font: 0.875rem/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
small { color: var(--faint); font-size: 0.875rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; z-index: 2; background: var(--paper); padding: 0.5rem; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline;
  padding: 0.75rem 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line); }
header span, output { color: var(--faint); }
search { margin-left: auto; display: flex; flex-wrap: wrap; gap: 0.25rem 0.5rem; align-items: baseline; }
input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--faint); border-radius: 4px;
  padding: 0.25rem 0.5rem; width: 16rem; max-width: 100%; }
h1 { font-size: 1.25rem; margin: 0; }
h1 a { color: inherit; text-decoration: none; }
h2 { font-size: 1.5rem; margin: 3rem 0 0.5rem; }
h3 { font-size: 1.05rem; margin: 0; }
h4 { font-size: 0.9375rem; margin: 1.25rem 0 0.25rem; }
p { margin: 0.5rem 0; }
.columns { display: grid; grid-template-columns: 19rem minmax(0, 1fr); gap: 2rem; max-width: 84rem; padding: 0 1.5rem 4rem; }
nav { position: sticky; top: 4rem; align-self: start; max-height: calc(100vh - 4rem); overflow-y: auto; padding: 1rem 0; }
nav summary { display: none; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li li { font-size: 0.8125rem; }
nav a { display: block; padding: 0.15rem 0.25rem; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { text-decoration: underline; }
nav > details > ul > li { margin-bottom: 0.75rem; font-weight: 600; }
nav li ul { font-weight: 400; }
.intro { margin-top: 1.5rem; }
main:focus { outline: none; }
main > section { max-width: 56rem; }
article { border-top: 1px solid var(--line); padding: 1.5rem 0 1rem; margin-top: 1rem; scroll-margin-top: 4rem; }
article h3 a { color: inherit; text-decoration: none; }
.summary { font-size: 1.0625rem; font-weight: 600; }
.method { font: 700 0.75rem/1 ui-monospace, Menlo, Consolas, monospace; color: var(--link); }
.method.post { color: var(--good); } .method.delete { color: var(--bad); } .method.patch, .method.put { color: var(--change); }
article .method { font-size: 0.9375rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 1rem; margin: 0.5rem 0;
  overflow-x: auto; }
.curl + button { font: inherit; font-size: 0.875rem; color: var(--link); background: none; border: 1px solid var(--line);
  border-radius: 4px; padding: 0.15rem 0.75rem; min-height: 1.75rem; cursor: pointer; }
dl { display: grid; grid-template-columns: minmax(9rem, 15rem) minmax(0, 1fr); gap: 0.35rem 1.25rem; margin: 0.5rem 0; }
dt { overflow-wrap: anywhere; }
dt span { color: var(--faint); font-size: 0.8125rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.problems a { font: 0.875rem/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; margin-right: 0.5rem; }
.problems { grid-template-columns: 3rem minmax(0, 1fr); margin-top: 0.75rem; }
#codes dt:target, .schema:target, article:target { background: var(--raised); box-shadow: 0 0 0 0.75rem var(--raised), -0.25rem 0 0 0.75rem var(--link); }
details summary { cursor: pointer; color: var(--faint); font-size: 0.875rem; padding: 0.15rem 0; }
.schema { border-top: 1px solid var(--line); padding: 1rem 0; margin-top: 1rem; scroll-margin-top: 4rem; }
@media (max-width: 60rem) {
  .columns { display: block; padding: 0 1rem 3rem; }
  header { position: static; padding: 0.75rem 1rem; }
  :root { scroll-padding-top: 0.5rem; }
  search { margin-left: 0; width: 100%; }
  nav { position: static; max-height: none; padding: 0.5rem 0 0; }
  nav summary { display: list-item; }
  nav a { padding: 0.35rem 0.25rem; }
}
@media (max-width: 40rem) {
  dl { display: block; }
  dt { margin-top: 0.6rem; }
  .problems { display: grid; }
  .problems dt { margin: 0; }
}
@media (prefers-reduced-motion: no-preference) { :root { scroll-behavior: smooth; } }
@media print { nav, search, .curl + button { display: none; } .columns { display: block; } header { position: static; } }
`;
