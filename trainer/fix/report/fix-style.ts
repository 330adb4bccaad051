/** What pages of fixes add to the style sheet of reports. */
export const FIX_STYLE = `
.plots + .scroll { margin-top: 1rem; }
.badge {
  display: inline-block; margin-left: 0.6rem; padding: 0.15rem 0.7rem; border-radius: 99px;
  font-size: 0.85rem; font-weight: 600; vertical-align: middle; color: var(--card); letter-spacing: 0;
}
.badge.accept { background: var(--s2); }
.badge.reject, .badge.forced { background: var(--s1); }
.badge.cache { background: var(--s4); }
.fixed { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; align-items: stretch; }
.fixed figure.picture { display: flex; flex-direction: column; align-items: center; justify-content: center; }
.fixed figure.picture img { width: 192px; image-rendering: pixelated; border-radius: 6px; }
.fixed figure.picture figcaption { margin: 0.5rem 0 0; font-weight: 500; text-align: center; }
td.text, th.text { text-align: left; }
.fixed figure svg { max-width: none; }
td .use { display: inline-block; height: 8px; border-radius: 4px; background: var(--s0); vertical-align: middle; }
td .track {
  display: inline-block; width: 110px; height: 8px; border-radius: 4px; background: var(--line);
  overflow: hidden; vertical-align: middle; line-height: 0; margin-right: 0.5rem;
}
td .over { background: var(--s1); }
tr.chosen td, tr.chosen th { font-weight: 600; }
.pass { color: var(--s2); } .fail { color: var(--s1); }
table a, p a { color: var(--s0); }
img.thumb { width: 40px; image-rendering: pixelated; border-radius: 4px; vertical-align: middle; }
`;
