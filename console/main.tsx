import '@cloudscape-design/global-styles/index.css';
import { createRoot } from 'react-dom/client';
import { show, storedAppearance } from './app/appearance.ts';
import { type ConsoleConfig, LogInError, Session } from './app/session.ts';
import { loadTexts, preferredLanguage } from './app/texts.ts';
import { Console } from './console.tsx';
import './style.css';

show(storedAppearance());

// Opened as `/gdpr` or `/gdpr/index.html` it is at `/gdpr/`: beside its files, and where the log-in comes back to.
const { pathname } = new URL('.', import.meta.url);
history.replaceState(history.state, '', pathname + location.search + location.hash);

/** A key that is held down presses no button again. */
const noRepeat = (event: KeyboardEvent) => {
  const isPress = event.repeat && (event.key === 'Enter' || event.key === ' ') && event.target instanceof Element;
  if (isPress && event.target.closest('button, a, input:not([type=text]), [role=button]')) event.preventDefault();
};
addEventListener('keydown', noRepeat, { capture: true });

const [texts, config] = await Promise.all([
  loadTexts(preferredLanguage()),
  fetch('config.json', { cache: 'no-store' }).then((answer): Promise<ConsoleConfig> => answer.json()),
]);
const session = new Session(config);
let refused: LogInError | undefined;
try {
  // The issuer is asked first whether it still knows the operator, as after a reload; that leaves the page.
  if (!(await session.takeAnswer())) await session.logIn(true);
} catch (error) {
  if (!(error instanceof LogInError)) throw error;
  refused = error;
}
createRoot(document.getElementById('root')!).render(<Console session={session} refused={refused} texts={texts} />);
