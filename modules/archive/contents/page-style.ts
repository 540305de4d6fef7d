/** Part of `index.html`, so that the page loads nothing. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ground:#f4f5f7;--ink:#1d2430;--soft:#4f5b6b;--line:#d5dae1;--tint:#0b5c8a;--good:#1c6b3a;--bad:#a3260f;--warn:#fff3d6;--warn-ink:#5a3d00}
@media (prefers-color-scheme:dark){:root{--paper:#171c24;--ground:#0f131a;--ink:#e8ecf2;--soft:#aab4c2;--line:#333c4a;--tint:#7cc4f0;--good:#7fd6a0;--bad:#ff9c88;--warn:#3a2c08;--warn-ink:#ffe3a1}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--paper);color:var(--tint);padding:.5rem 1rem;z-index:1}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;text-wrap:balance}
h2{font-size:1.2rem;margin:0 0 .75rem}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
a{color:var(--tint)}a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--tint);outline-offset:2px}
.lead{color:var(--soft);margin:0 0 1.25rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:0 0 1.1rem}
.alert{border-left:6px solid var(--bad)}.alert h2{color:var(--bad)}
.good{border-left:6px solid var(--good)}.good h2{color:var(--good)}
.notice{background:var(--warn);color:var(--warn-ink);border-color:transparent}
.card p:last-child,.card ul:last-child{margin-bottom:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;min-width:56rem;font-size:.875rem}
caption{text-align:left;color:var(--soft);padding:.5rem;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .5rem;border-top:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600;border-top:0}
td{font-variant-numeric:tabular-nums}tbody th{position:sticky;left:0;background:var(--paper)}tbody th,td:nth-child(6){white-space:nowrap}
.file{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;justify-content:space-between}
.file p{margin:0;color:var(--soft);font-variant-numeric:tabular-nums}
.about{color:var(--soft);margin:.15rem 0 .75rem}
.state{font-weight:600}.ok{color:var(--good)}.gap{color:var(--bad)}
figure{margin:0}svg{display:block;width:100%;height:4rem;fill:var(--tint);border-bottom:1px solid var(--soft)}
figcaption{color:var(--soft);font-size:.875rem;margin:.25rem 0 0}
footer{color:var(--soft);font-size:.875rem;padding-bottom:2rem}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{body{background:#fff}.card{break-inside:avoid}}
`;
