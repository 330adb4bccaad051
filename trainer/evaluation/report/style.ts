import { LIGHT, PLOT_RULES } from './plot/plot-style.ts';

/** The report's style sheet, light and dark: the colours of series are lightened where the page is dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
${LIGHT}}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --text: #e6e9ec; --quiet: #9aa5af; --line: #333a41; --head: #23282d;
    --s0: #4db2f0; --s1: #ff8a3d; --s2: #2fd0a0; --s3: #e58ccb;
    --s4: #e8b93c; --s5: #8fd0fa; --s6: #b79bf0; --s7: #a9b3bd;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 1160px;
  background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1 { margin: 0 0 0.3rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 3rem 0 0.4rem; font-size: 1.3rem; }
h3 { margin: 1.8rem 0 0.5rem; font-size: 1rem; }
p { margin: 0.3rem 0 0.8rem; max-width: 75ch; }
.quiet { color: var(--quiet); }
.cards { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 1.4rem 0; padding: 0; list-style: none; }
.cards li {
  flex: 1 1 9rem; padding: 0.7rem 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px;
}
.cards strong { display: block; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.8rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
th:first-child { position: sticky; left: 0; background: var(--card); text-align: left; font-weight: 500; }
thead th, thead th:first-child { background: var(--head); border-top: 0; font-weight: 600; }
td span { display: block; color: var(--quiet); font-size: 0.82em; line-height: 1.2; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure {
  margin: 0; padding: 0.8rem 0.9rem 0.5rem; max-width: 100%; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px;
}
figcaption { margin-bottom: 0.3rem; font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; }
${PLOT_RULES}.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.4rem 0 0.8rem; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 0.8rem; }
.pictures figure { padding: 0.5rem; font-size: 0.82em; }
.pictures figcaption { margin: 0.3rem 0 0; font-weight: 400; }
.pictures img { display: block; width: 96px; image-rendering: pixelated; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; margin: 0.6rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media print { body { max-width: none; } h2 { break-after: avoid; } figure, .scroll { break-inside: avoid; } }
`;
