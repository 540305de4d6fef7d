import { type Browser, chromium } from 'playwright-core';
import { findProgram } from './program.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For pages with much script that live for seconds: what is optimized would hardly run; it costs a tenth of the processor time. */
export const SHORT_LIVED = '--js-flags=--no-opt';

/** The first is Chromium without windows, which costs a third less processor time; `install.mjs` brings it. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** A real browser; the page talks to no other host than the one it came from. */
export const launchBrowser = (...flags: readonly string[]): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? findProgram(...NAMES)!, args: [...FLAGS, ...flags] });
