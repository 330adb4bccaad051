/**
 * The colours of light pages. Those of series are told apart by the colour-blind too (after Okabe and Ito
 * 2008).
 */
export const LIGHT = `  --page: #fdfdfc; --card: #ffffff; --text: #1c2126; --quiet: #5b6570; --line: #dfe3e6; --head: #f3f5f6;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #b5519c;
  --s4: #b98500; --s5: #3a9bd9; --s6: #7a4fc0; --s7: #59636e;
`;

/** How plots are drawn, in the colours of the page. */
export const PLOT_RULES = `svg text { fill: var(--quiet); font-size: 12px; }
svg text.title { fill: var(--text); }
svg text.name { fill: var(--text); font-size: 12.5px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--quiet); stroke-width: 1; }
svg .bar { fill: var(--series); }
svg .point { fill: var(--series); stroke: var(--card); stroke-width: 1.5; }
svg .curve { fill: none; stroke: var(--series); stroke-width: 1.8; stroke-linejoin: round; }
svg .interval { stroke: var(--series); stroke-width: 1.5; opacity: 0.6; }
.s0 { --series: var(--s0); } .s1 { --series: var(--s1); } .s2 { --series: var(--s2); } .s3 { --series: var(--s3); }
.s4 { --series: var(--s4); } .s5 { --series: var(--s5); } .s6 { --series: var(--s6); } .s7 { --series: var(--s7); }
`;
